"""Reading from the store as plain rows: one file for each kind of question.

`reader` combines them on one connection; `lists` and `list_definitions` serve the lists of the
REST API.
"""
