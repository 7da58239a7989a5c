"""The room behind `layers.road_changes` and `layers.scenarios`: what planners try, as text."""
