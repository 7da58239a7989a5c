"""The results going out: web map, tables, GIS files and the manifest."""
