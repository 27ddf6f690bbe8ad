"""Keep builds in the database; nothing else in the package knows SQL."""
