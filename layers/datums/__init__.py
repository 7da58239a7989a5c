"""Coordinates as offices hold them: shifts, zones, degrees, and the evidence for a datum."""
