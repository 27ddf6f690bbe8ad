"""What the simulated Jenkins answers: JSON, pages and files for each URL, and what a POST does."""
