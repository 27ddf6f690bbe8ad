"""Realistic QA output: documents of several formats, with the stars behind their numbers."""
