"""What every layer does alike against crashes and outages.

`atomic_files` writes files that are whole or not there; `backoff` says how long to wait before
the next try.
"""
