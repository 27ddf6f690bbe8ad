"""What happens in the demo: jobs, code changes, and how they move the metrics."""
