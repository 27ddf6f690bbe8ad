"""Tables of many builds as one: what is pooled, its scales, and tiles of very many points."""
