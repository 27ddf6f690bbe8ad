"""Put together what takes things that programs post."""

from squash_jenkins.server.api import submit_job, submit_metric
from squash_jenkins.server.part import Part
from squash_jenkins.server.served import Served


def part(served: Served) -> Part:
    """Return the part of the server that stores what is posted."""
    return Part("submit", routers=[submit_metric.router, submit_job.router])
