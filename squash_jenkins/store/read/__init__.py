"""What is read from the store, as plain rows: one file for each kind of question.

`reader` holds them all on one connection; `lists` and `listed` serve the REST API's lists.
"""
