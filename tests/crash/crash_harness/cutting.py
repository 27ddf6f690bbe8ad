"""Stand between the program and Jenkins, and cut the first transfer of each file."""

import http.client
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

Cut = Literal["length", "reset", "chunked", "chunk"]
CUTS: tuple[Cut, ...] = ("length", "reset", "chunked", "chunk")
"""Less than Content-Length says; a reset on the way; no last chunk; half a chunk."""
_ARTIFACT = "/artifact/"
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.resets: set[socket.socket] = set()
        super().__init__(address, handler)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override] # always a TCP socket here
        """End a connection; a reset one without the polite farewell."""
        if request in self.resets:
            self.resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)


class Cutter:
    """Pass requests on to `target`; used as a context manager.

    The first `times` transfers of each artifact are cut in the way `cut`; `cuts` counts them.
    """

    def __init__(self, target: str, cut: Cut, times: int = 1) -> None:
        self.target = urlsplit(target)
        self.cut = cut
        self.times = times
        self.seen: dict[str, int] = {}
        self.lock = threading.Lock()
        self.server = _Listener(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Return the URL at which it stands for Jenkins."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def cuts(self) -> int:
        """Return how many transfers were cut."""
        return sum(min(count, self.times) for count in self.seen.values())

    def __enter__(self) -> Self:
        """Begin to listen."""
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def cuts_now(self, path: str) -> bool:
        """Return whether this transfer is to be cut."""
        if _ARTIFACT not in path:
            return False
        with self.lock:
            self.seen[path] = self.seen.get(path, 0) + 1
            return self.seen[path] <= self.times


def _handler(cutter: Cutter) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server: _Listener

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _pass_on(self, body: bytes) -> None:
            jenkins = http.client.HTTPConnection(cutter.target.netloc, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            jenkins.request(self.command, self.path, body or None, headers)
            answer = jenkins.getresponse()
            content = answer.read()
            jenkins.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if cutter.cuts_now(self.path):
                self._cut(content)
                return
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if answer.status != http.HTTPStatus.NOT_MODIFIED:
                self.wfile.write(content)

        def _cut(self, content: bytes) -> None:
            half = content[: len(content) // 2]
            if cutter.cut in ("length", "reset"):
                self.send_header("Content-Length", str(len(content)))
                sent = half
            else:
                self.send_header("Transfer-Encoding", "chunked")
                size = len(half) if cutter.cut == "chunked" else len(content)
                sent = b"%x\r\n%b" % (size, half) + (b"\r\n" if cutter.cut == "chunked" else b"")
            self.end_headers()
            self.wfile.write(sent)
            self.wfile.flush()
            self.close_connection = True
            if cutter.cut == "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.server.resets.add(self.connection)

    return Handler
