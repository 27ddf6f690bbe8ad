"""Show administrators every table, and let them change what is safe to change.

It is rendered here, without a script: libraries for this write past the counter of changes that
pages follow, and need inline scripts that the content security policy refuses.
"""

from squash_jenkins.server.admin.routes import router
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services

__all__ = ["part"]


def part(_services: Services) -> Part:
    """Return the part of the server that has the admin page."""
    return Part([router])
