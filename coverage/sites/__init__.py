"""Best places for facilities, each with its proof; the door is `coverage.siting`."""
