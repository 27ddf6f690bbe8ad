"""Programs post what they measured: metrics, jobs, documents, one at a time or in bulk."""
