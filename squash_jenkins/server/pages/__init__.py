"""Pages of the live server: those of the site, rendered on demand, and events that refresh them."""
