"""Road changes as what-if: closed roads, other speeds, new roads drawn on the map."""
