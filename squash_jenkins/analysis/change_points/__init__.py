"""Where the level of a series changes: steps and drifts against its noise."""
