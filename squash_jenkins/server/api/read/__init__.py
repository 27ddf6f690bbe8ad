"""Programs read what is stored: lists of builds, series, findings, definitions, the status."""

from squash_jenkins.server.api import docs, endpoints
from squash_jenkins.server.api.read import (
    builds,
    code,
    definitions,
    findings,
    series,
    status,
    technote,
)
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services

__all__ = ["part"]
_MODULES = (endpoints, builds, definitions, findings, code, status, technote, docs)


def part(_services: Services) -> Part:
    """Return the routes that read what is stored."""
    return Part([*(each.router for each in _MODULES), series.router()])
