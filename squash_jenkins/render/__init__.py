"""Turn what is stored into pages: a static site, and the same pages live."""
