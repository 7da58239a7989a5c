"""OpenStreetMap extracts: what they hold, read in a stream."""
