"""Simulate a Jenkins and the QA output of its builds, for the demo, tests and benchmarks."""
