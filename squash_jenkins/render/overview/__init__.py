"""Say at the first look what is wrong: a verdict, what moved most, jobs, and all series."""
