"""Serve a simulated Jenkins on the loopback.

::

    with SimulatedJenkins(world) as jenkins:
        requests.get(f"{jenkins.url}/api/json")
"""

import gzip
import re
import socket
import struct
import sys
import threading
import time
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from squash_jenkins.simulate.answers.exchange import Reply, Request, container_error, styled_error
from squash_jenkins.simulate.answers.routes import answer
from squash_jenkins.simulate.state import Fault
from squash_jenkins.simulate.traffic import Asked
from squash_jenkins.simulate.wire import Conversation
from squash_jenkins.simulate.world import World

FORM = "application/x-www-form-urlencoded"
POLL = 0.02
"""Seconds between two looks at the world's phase."""


class SimulatedJenkins:
    """Answer from `world` at `url` on 127.0.0.1 while used as a context manager.

    `port` 0 takes a free port; it stays the same over restarts of the world. Errors of the
    simulator itself are answered with 500, kept in `failures` and raised on leaving the context.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self.port = port
        self.failures: list[BaseException] = []
        self._server: _Listener | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated Jenkins", daemon=True)

    @property
    def url(self) -> str:
        """Return the URL at which the server is asked, without a final slash."""
        return f"http://127.0.0.1:{self.port}{self.world.prefix}"

    def __enter__(self) -> "SimulatedJenkins":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self.failures and error is None:
            raise RuntimeError("the simulated Jenkins failed by itself") from self.failures[0]

    def start(self) -> None:
        """Begin to listen; raise OSError if the port is taken."""
        self._open()
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        self._stopped.set()
        self._thread.join()
        self._close()

    def _open(self) -> None:
        self._server = _Listener(self.port, self)
        self.port = int(self._server.server_address[1])

    def _close(self) -> None:
        if self._server:
            self._server.server_close()
            self._server.cut_connections()
            self._server = None

    def _run(self) -> None:
        """Accept connections; while the world is down, nothing listens."""
        while not self._stopped.is_set():
            if self.world.phase() == "down":
                self._close()
                time.sleep(POLL / 4)
            elif self._server is None:
                self._open()
            else:
                self._server.handle_request()


class _Listener(ThreadingMixIn, TCPServer):
    """Listen on one port and remember the open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True
    timeout = POLL

    def __init__(self, port: int, owner: SimulatedJenkins) -> None:
        self.owner = owner
        self.connections: set[socket.socket] = set()
        self.resets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; a reset one without an orderly shutdown."""
        if request in self.resets:
            self.resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def cut_connections(self) -> None:
        """End every open connection, as a process that is killed does."""
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; keep everything else for the owner."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.owner.failures.append(error)


class _Handler(Conversation):
    """Turn HTTP into `Request` and `Reply`, with the faults and delays that were ordered."""

    server: _Listener

    def setup(self) -> None:
        """Remember the connection."""
        super().setup()
        self.server.connections.add(self.connection)
        _pause(self.world.connect_latency)

    def finish(self) -> None:
        """Forget the connection."""
        self.server.connections.discard(self.connection)
        super().finish()

    @property
    def world(self) -> World:
        """Return the world that is simulated."""
        return self.server.owner.world

    def answer(self, asked: Asked, body: bytes) -> None:
        """Answer one request."""
        world = self.world
        if world.phase() == "down":
            self.is_over = True
            return
        with world.traffic.counted(asked):
            _pause(world.latency)
            fault = self._next_fault(asked)
            if fault and fault.kind == "reset":
                self._reset()
            elif fault and fault.kind in ("status", "html"):
                self._send(asked, _proxy_page(fault))
            else:
                _pause(fault.seconds if fault else 0)
                if fault and fault.call:
                    fault.call()
                self._send(asked, self._find(asked, body), fault)

    def _next_fault(self, asked: Asked) -> Fault | None:
        """Return the oldest fault that fits this request and is not used up."""
        if not self.world.faults:
            return None
        with self.world.lock:
            for fault in self.world.faults:
                if fault.times > 0 and re.search(fault.pattern, asked.path):
                    fault.times -= 1
                    return fault
        return None

    def _find(self, asked: Asked, body: bytes) -> Reply:
        """Return the reply without any fault."""
        path, _, query = asked.path.partition("?")
        prefix = self.world.prefix
        if not path.startswith(f"{prefix}/"):
            return container_error(404)
        fields = parse_qsl(query, keep_blank_values=True) if query else []
        if asked.headers.get("content-type", "").startswith(FORM):
            fields += parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        base = f"http://{asked.headers.get('host', 'localhost')}"
        request = Request(
            asked.method, path.removeprefix(prefix), dict(fields), asked.headers, base
        )
        try:
            return answer(self.world, request)
        except Exception as error:  # noqa: BLE001 - kept, and raised when the server is left
            self.server.owner.failures.append(error)
            return styled_error(500, repr(error))

    def _send(self, asked: Asked, reply: Reply, fault: Fault | None = None) -> None:
        """Send a reply, perhaps cut off in the middle."""
        body, chunked = reply.body, reply.chunked
        self.world.traffic.sent += len(body)
        edition = self.world.edition
        headers = {
            "X-Content-Type-Options": "nosniff",
            **edition.write(reply.status, reply.headers),
        }
        if edition.server:
            headers["Server"] = edition.server
        is_page = edition.is_page(reply.status, reply.headers)
        if reply.jenkins or (is_page and reply.status == 404):
            headers["X-Jenkins"] = edition.version
            headers["X-Jenkins-Session"] = self.world.session
        if reply.packable and "gzip" in asked.headers.get("accept-encoding", ""):
            body, chunked = gzip.compress(body, compresslevel=1), True
            headers["Content-Encoding"] = "gzip"
        chunked = chunked or is_page or (reply.packable and len(body) > edition.buffer)
        if fault is None or fault.kind not in ("truncate", "cut"):
            self.send(asked, reply.status, headers, body, chunked=chunked)
            return
        self.send(asked, reply.status, headers, body, chunked=fault.chunked, part=len(body) // 2)
        if fault.kind == "cut":
            self._reset()

    def _reset(self) -> None:
        """Cut the connection so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.resets.add(self.connection)
        self.is_over = True


def _pause(seconds: float) -> None:
    if seconds > 0:  # even a pause of nothing gives the processor away
        time.sleep(seconds)


def _proxy_page(fault: Fault) -> Reply:
    """Return what a proxy in front of Jenkins sends: an error page or its own sign-in page."""
    title = "Please sign in" if fault.kind == "html" else "The server is not available"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    status = 200 if fault.kind == "html" else fault.status
    return Reply(status, text.encode(), {"Content-Type": "text/html", **fault.headers})
