"""What is written to the store, each build in one transaction.

`builds` saves a build, `batch` many at once, `contents` what came with them; `key_cache` and
`definition_cache` spare looking up what was written before. `findings` and `definitions` write
what is not part of a build.
"""
