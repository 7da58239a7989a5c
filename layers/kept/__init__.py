"""What was read once and is kept beside the project, by content."""
