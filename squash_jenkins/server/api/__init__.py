"""Answer the REST API: what is stored, and what programs send to be stored."""
