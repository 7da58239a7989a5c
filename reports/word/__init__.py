"""The report as a Word document: what is said, how it looks, and templates of an office's own."""
