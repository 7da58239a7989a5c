"""Files as offices have them: found out, unpacked and read as text and shapes, within limits."""
