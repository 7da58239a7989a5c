"""Internals of the slides: a page with its boxes, what stands on each; the door is `slides`."""
