"""Find out who asks: by name and password, by a token, or by the cookie of a session."""

from functools import partial

from squash_jenkins.server.part import Part
from squash_jenkins.server.served import Served
from squash_jenkins.server.signin.about import router
from squash_jenkins.server.signin.identify import Identify
from squash_jenkins.server.signin.known import Known
from squash_jenkins.server.signin.listening import refuse_open_listening
from squash_jenkins.server.signin.pages import routes
from squash_jenkins.server.signin.wrap import SignIn
from squash_jenkins.store.service.accounts import Accounts

__all__ = ["part", "refuse_open_listening"]


def part(served: Served) -> Part:
    """Return the part of the server that finds out who asks."""
    server = served.settings.server
    known = Known(Accounts(served.store.engine))
    identify = Identify(known, open_=server.reading == "open", origins=server.origins)
    wrap = partial(SignIn, identify=identify)
    return Part("signin", routers=[router, routes(identify)], wraps=[wrap])
