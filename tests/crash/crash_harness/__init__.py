"""Kill the program at any instant, run it again, and compare with a run that nobody disturbed."""
