"""Read what benchmark and load test tools write: one small file a format."""
