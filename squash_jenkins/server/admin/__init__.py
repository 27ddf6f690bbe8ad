"""The admin page: shows administrators every table, and lets them change what is safe to change.

It is rendered here, without a script: admin libraries write past the revision that pages follow,
and need inline scripts that the Content-Security-Policy forbids.
"""

from squash_jenkins.server.admin.routes import router
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services

__all__ = ["part"]


def part(_services: Services) -> Part:
    """Return the routes of the admin page."""
    return Part([router])
