"""The room behind `coverage.scenario`: actions, what they do to layers, comparing the results."""
