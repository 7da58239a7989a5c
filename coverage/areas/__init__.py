"""The ground within reach of facilities, as areas and as stretches of street."""
