"""Writing to the store, each build in one transaction.

`builds` saves builds, `batch` prepares them, `contents` writes what came with them; `key_cache`
and `definition_cache` save look-ups. `findings` and `definitions` write what is not part of a
build.
"""
