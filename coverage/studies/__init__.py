"""What an assessment is made of: its layers, trips, areas, checks and comparisons."""
