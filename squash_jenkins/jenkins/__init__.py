"""Speak HTTP to Jenkins; nothing else in the package does."""
