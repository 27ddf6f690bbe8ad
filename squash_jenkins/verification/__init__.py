"""Measurements against their specifications.

`measurements` and `blocks` verify single values, `build` a whole build;
`summary`, `junit` and `markdown` put that into words and files.
"""
