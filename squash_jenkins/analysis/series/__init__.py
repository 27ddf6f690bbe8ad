"""What happened in one series and what series have in common: changes, levels, groups."""
