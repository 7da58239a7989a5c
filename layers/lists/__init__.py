"""Demand and facilities of a project, from whatever it names: lists, rasters, OpenStreetMap."""
