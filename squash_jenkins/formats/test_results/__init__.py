"""Read test results and code coverage: one small file a format."""
