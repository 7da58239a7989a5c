"""Plans as files: how a target is written, checked, chosen for a project and kept as text."""
