"""What commands print and how they end: progress, outcomes and findings as text, Ctrl-C."""
