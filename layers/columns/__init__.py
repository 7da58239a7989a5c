"""What the columns of an office's table mean: their headers, units, and kinds of facilities."""
