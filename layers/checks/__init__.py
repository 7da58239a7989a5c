"""What can be wrong with a county's tables: a subject a module, each over a whole table at once."""
