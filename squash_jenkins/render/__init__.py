"""Turn what is stored into pages: a static site now, the same pages live later."""
