"""Which specification holds for a measurement, and whether it is met."""
