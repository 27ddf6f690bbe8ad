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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from squash_jenkins.simulate.exchange import Reply, Request, container_error, styled_error
from squash_jenkins.simulate.routes import answer
from squash_jenkins.simulate.state import Fault
from squash_jenkins.simulate.world import World

BUFFER = 32 * 1024
"""A longer answer is sent in chunks, without Content-Length."""
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
        self.port = self._server.server_address[1]

    def _close(self) -> None:
        if self._server:
            self._server.server_close()
            self._server.cut_connections()
            self._server = None

    def _run(self) -> None:
        """Accept connections; while the world is down there is nobody who listens."""
        while not self._stopped.is_set():
            if self.world.phase() == "down":
                self._close()
                time.sleep(POLL / 4)
            elif self._server is None:
                self._open()
            else:
                self._server.handle_request()


class _Listener(ThreadingHTTPServer):
    """Listen on one port and remember the open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    timeout = POLL

    def __init__(self, port: int, owner: SimulatedJenkins) -> None:
        self.owner = owner
        self.connections: set[socket.socket] = set()
        self.resets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def shutdown_request(self, request: Any) -> None:
        """End a connection; a reset one without the polite farewell."""
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


class _Handler(BaseHTTPRequestHandler):
    """Turn HTTP into `Request` and `Reply`, with the faults and delays that were ordered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    def setup(self) -> None:
        """Remember the connection."""
        super().setup()
        self.server.connections.add(self.connection)
        time.sleep(self.world.connect_latency)

    def finish(self) -> None:
        """Forget the connection."""
        self.server.connections.discard(self.connection)
        super().finish()

    @property
    def world(self) -> World:
        """Return the world that is simulated."""
        return self.server.owner.world

    def version_string(self) -> str:
        """Return what stands in the Server header."""
        return "Jetty(9.4.33.v20201020)"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the world keeps the requests."""

    def do_GET(self) -> None:
        """Answer GET."""
        self._handle()

    def do_HEAD(self) -> None:
        """Answer HEAD: as GET, without the body."""
        self._handle()

    def do_POST(self) -> None:
        """Answer POST."""
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.world.phase() == "down":
            self.close_connection = True
            return
        self.world.requests.append((self.command, self.path))
        time.sleep(self.world.latency)
        fault = self._next_fault()
        if fault and fault.kind == "reset":
            self._reset()
        elif fault and fault.kind in ("status", "html"):
            self._send(_proxy_page(fault))
        else:
            time.sleep(fault.seconds if fault else 0)
            self._send(self._answer(body), truncate=bool(fault and fault.kind == "truncate"))

    def _next_fault(self) -> Fault | None:
        """Return the oldest fault that fits this request and is not used up."""
        with self.world.lock:
            for fault in self.world.faults:
                if fault.times > 0 and re.search(fault.pattern, self.path):
                    fault.times -= 1
                    return fault
        return None

    def _answer(self, body: bytes) -> Reply:
        split = urlsplit(self.path)
        prefix = self.world.prefix
        if not split.path.startswith(f"{prefix}/"):
            return container_error(404)
        is_form = self.headers.get("Content-Type", "").startswith(FORM)
        fields = parse_qsl(split.query, keep_blank_values=True)
        fields += (
            parse_qsl(body.decode(errors="replace"), keep_blank_values=True) if is_form else []
        )
        request = Request(
            self.command,
            split.path.removeprefix(prefix),
            dict(fields),
            {name.lower(): value for name, value in self.headers.items()},
            f"http://{self.headers.get('Host', 'localhost')}",
        )
        try:
            return answer(self.world, request)
        except Exception as error:  # noqa: BLE001 - kept, and raised when the server is left
            self.server.owner.failures.append(error)
            return styled_error(500, repr(error))

    def _send(self, reply: Reply, *, truncate: bool = False) -> None:
        body, chunked = reply.body, reply.chunked
        self.send_response(reply.status)
        self.send_header("X-Content-Type-Options", "nosniff")
        if reply.jenkins:
            self.send_header("X-Jenkins", self.world.version)
            self.send_header("X-Jenkins-Session", self.world.session)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.packable and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, chunked = gzip.compress(body, compresslevel=1), True
            self.send_header("Content-Encoding", "gzip")
        if reply.status in (204, 304):
            self.end_headers()
            return
        chunked = chunked or (reply.packable and len(body) > BUFFER)
        self._send_body(body, chunked=chunked and not truncate, truncate=truncate)

    def _send_body(self, body: bytes, *, chunked: bool, truncate: bool) -> None:
        if self.command == "HEAD" or not chunked:
            self.send_header("Content-Length", str(len(body)))
            chunks = [body[: len(body) // 2] if truncate else body]
        else:
            self.send_header("Transfer-Encoding", "chunked")
            parts = [body[at : at + BUFFER] for at in range(0, len(body), BUFFER)]
            chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""]]
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.writelines(chunks)
        self.wfile.flush()
        self.close_connection = self.close_connection or truncate

    def _reset(self) -> None:
        """Cut the connection so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.resets.add(self.connection)
        self.close_connection = True


def _proxy_page(fault: Fault) -> Reply:
    """Return what a proxy in front of Jenkins says: an error page or its own sign-in page."""
    told = "Please sign in" if fault.kind == "html" else "The server is not available"
    text = f"<html><head><title>{told}</title></head><body><h1>{told}</h1></body></html>"
    status = 200 if fault.kind == "html" else fault.status
    return Reply(status, text.encode(), {"Content-Type": "text/html"})
