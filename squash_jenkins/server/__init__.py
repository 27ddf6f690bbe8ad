"""Serve the pages, the REST API and what else needs a program that runs (extra ``server``).

Each part is a module with a function `part`, put together in `app`: a part has routes of its own,
and perhaps work that goes on while the server runs.
"""

from squash_jenkins.server.app import create_app

__all__ = ["create_app"]
