"""Road networks from extracts, tables, GraphML and downloads."""
