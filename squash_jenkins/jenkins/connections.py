"""Limit the load on one Jenkins and the size of its answers: few connections, paced requests."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from squash_jenkins.config import Controller
from squash_jenkins.errors import UnexpectedAnswer
from squash_jenkins.jenkins.deadlines import Deadlines


class Pace:
    """A pace at which the requests of all threads begin, evenly spaced.

    Parameters
    ----------
    per_second
        Requests per second, at most; 0 is no limit.
    clock, sleep
        Return the seconds since some moment; wait a number of seconds.
    """

    def __init__(
        self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], object]
    ) -> None:
        self._spacing = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Return when the next request may begin."""
        if not self._spacing:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._next)
            self._next = begin + self._spacing
        if begin > now:
            self._sleep(begin - now)


class PoliteAdapter(HTTPAdapter):
    """An adapter for the requests of one controller; a thread waits while all connections are busy.

    Everything goes through it, including python-jenkins' requests and retries. Requests to other
    hosts (an object store that Jenkins redirects to) are not paced and have certificates of their
    own.
    """

    def __init__(self, controller: Controller, pace: Pace, deadlines: Deadlines) -> None:
        self._pools = _pools(deadlines)
        super().__init__(pool_maxsize=controller.connections, pool_block=True)
        self._root = controller.url.rstrip("/") + "/"
        self._controller = controller
        self.pace = pace
        self.deadlines = deadlines

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Have connections registered with the question that uses them."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Do the same behind a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Wait for the turn of this request, then send it."""
        url = request.url or ""
        if url.startswith(self._root):
            self.pace.wait()
        return super().send(request, *args, **self.trusting(url, options))

    def trusting(self, url: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options with the certificates to trust at a host, and our certificate for it.

        Where the setting is just true, the environment (REQUESTS_CA_BUNDLE) applies.
        """
        own = self._controller
        at_home = _host(url) == _host(self._root)
        verify = own.verify if at_home or own.verify_stores is None else own.verify_stores
        trusted = {} if verify is True else {"verify": verify}
        return {**options, **trusted, "cert": own.certificate if at_home else None}

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Return the response; reading more of its body than allowed raises."""
        response = super().build_response(req, resp)
        response.raw = Bounded(resp, self._controller)
        return response


class Bounded:
    """A response that is read up to the limit of its controller; `whole` does everything else."""

    def __init__(self, whole: Any, controller: Controller) -> None:
        self.whole = whole
        self._controller = controller

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def stream(self, *args: Any, **options: Any) -> Iterator[bytes]:
        """Yield the unpacked body in pieces; raise UnexpectedAnswer beyond the limit."""
        size, limit = 0, self._controller.max_answer_bytes
        for chunk in self.whole.stream(*args, **options):
            size += len(chunk)
            if size > limit:
                self.whole.close()
                raise UnexpectedAnswer(
                    f"Jenkins at {self._controller.url} answered with more than {limit} bytes: is "
                    "this the root URL of a Jenkins? If so, raise max_answer_bytes of the "
                    f"controller {self._controller.name!r}."
                )
            yield chunk


def _pools(deadlines: Deadlines) -> dict[str, Any]:
    """Return pools by scheme whose connections are cut when their question takes too long."""

    class Pool(HTTPConnectionPool):
        ConnectionCls = _cuttable(HTTPConnection, deadlines)

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = _cuttable(HTTPSConnection, deadlines)

    return {"http": Pool, "https": TlsPool}


def _cuttable(kind: Any, deadlines: Deadlines) -> Any:
    """Return a class of connections that the present question may cut."""

    class Cuttable(kind):  # type: ignore[misc] # one of two classes
        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()
            deadlines.use(made)  # before TLS, whose handshake may take for ever, too
            return made

        def request(self, *args: Any, **options: Any) -> None:
            if self.sock is not None:
                deadlines.use(self.sock)
            super().request(*args, **options)

    return Cuttable


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
