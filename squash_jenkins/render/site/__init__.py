"""What a site holds, as pages need it: `Site` gives tabs access to it."""
