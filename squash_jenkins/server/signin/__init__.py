"""Find out who sends a request: by name and password, by a token, or by a session's cookie."""

from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services
from squash_jenkins.server.signin import api, pages
from squash_jenkins.server.signin.listening import refuse_open_listening

__all__ = ["part", "refuse_open_listening"]


def part(_services: Services) -> Part:
    """Return the pages to sign in and out, and the endpoints of the caller and the audit log."""
    return Part([api.router, pages.router])
