"""One build from Jenkins to a linked dashboard.

`pipeline` is the story of the program, from top to bottom: fetch a build, read its files
(`artifacts`, `labels`), store it (`saving`, `spool` while the database is away), rebuild pages
and notify (`publish`), link back. `catch_up` ingests builds that were missed; `retry` reads again
what is in the quarantine.
"""
