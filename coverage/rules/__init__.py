"""One evaluator per rule of the plans' targets; the door is `coverage.targets`."""
