"""How points come to the roads: what stands in the way, and ways that need a second look."""
