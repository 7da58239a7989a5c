"""Internals of the workbooks: opening one, sheets as data, charts; doors stand in `reports`."""
