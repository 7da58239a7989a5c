"""Pure analysis of service coverage: seconds, metres, persons and a projected CRS."""
