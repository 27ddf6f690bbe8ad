"""Measurements against their specifications.

`measurements` and `blocks` say how single values stand, `build` how a whole build stands;
`summary`, `junit` and `markdown` put that into words and files.
"""
