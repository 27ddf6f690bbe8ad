"""Serve the pages and the REST API, and ingest the builds that Jenkins reports (extra ``server``).

`app` lists every part and every middleware. A part has routes, and perhaps work that runs beside
them.
"""

from squash_jenkins.server.app import create_app

__all__ = ["create_app"]
