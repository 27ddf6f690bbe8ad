"""Follow Jenkins from outside.

`service` goes round and round until it is stopped, `poll` is one round for one controller,
`backoff` says how long to wait after a failure.
"""
