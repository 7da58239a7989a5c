"""Candidate sites: where they come from, which are ruled out, how well each suits."""
