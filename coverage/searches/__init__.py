"""Who reaches what over a road network: searches that touch only what they reach."""
