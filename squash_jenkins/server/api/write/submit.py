"""Put together what takes things that programs post."""

from functools import partial

from squash_jenkins.server.api.write import bulk, submit_job, submit_metric
from squash_jenkins.server.http.answers import Heads, Packed, Tagged
from squash_jenkins.server.http.request_bodies import Limited, Unpacked
from squash_jenkins.server.http.slow_clients import Prompt
from squash_jenkins.server.part import Part
from squash_jenkins.server.served import Served

_STREAMS = frozenset(["/api/bulk"])


def part(served: Served) -> Part:
    """Return the part of the server that stores what is posted."""
    most = served.settings.server.max_body_bytes
    unpacked = partial(Unpacked, most=most, streams=_STREAMS)
    limited = partial(Limited, most=most, streams=_STREAMS)
    prompt = partial(Prompt, streams=_STREAMS)
    routers = [submit_metric.router, submit_job.router, bulk.router]
    return Part("submit", routers=routers, wraps=[Tagged, Packed, Heads, unpacked, limited, prompt])
