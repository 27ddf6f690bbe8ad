"""Put together what answers programs that read."""

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
from squash_jenkins.server.served import Served

_MODULES = (endpoints, builds, definitions, findings, code, status, technote, docs)


def part(served: Served) -> Part:
    """Return the part of the server that answers what is stored."""
    return Part("api", routers=[*(each.router for each in _MODULES), series.router()])
