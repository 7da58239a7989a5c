"""Rows brought to places and zones: by names as offices spell them, by codes, by addresses."""
