"""Read QA documents: one small file a format."""
