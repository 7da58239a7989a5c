"""A road network as arrays: edges, numbering, drawing, contraction, paths of least cost."""
