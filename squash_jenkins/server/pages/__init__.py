"""Pages on the live server: those of the site, made on demand, and the events that refresh them."""
