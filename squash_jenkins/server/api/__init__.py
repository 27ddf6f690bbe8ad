"""The REST API: programs read what is stored, and post what is to be stored."""
