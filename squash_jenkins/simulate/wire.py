"""Speak the part of HTTP/1.1 that a simulated Jenkins needs, fast.

The standard library's server reads headers with its parser for mail, which takes longer than
everything that Jenkins' answers need: a benchmark would measure that.
"""

import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from http import HTTPStatus
from socketserver import StreamRequestHandler

from squash_jenkins.simulate.traffic import Asked

BUFFER = 32 * 1024
"""The most bytes of one chunk."""
LONGEST_LINE = 65536
BODILESS = (204, 304)
METHODS = ("GET", "HEAD", "POST")
PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Conversation(StreamRequestHandler):
    """Hold one connection: read requests and send responses until one side hangs up."""

    disable_nagle_algorithm = True
    wbufsize = -1
    is_over = False

    def handle(self) -> None:
        """Answer one request after the other; a client that hangs up ends it."""
        while not self.is_over:
            line = self.rfile.readline(LONGEST_LINE + 1)
            if not line:
                return
            words = line.decode("iso-8859-1").split()
            headers = self._read_headers()
            if len(line) > LONGEST_LINE or len(words) != 3:
                self._refuse(400)
            elif words[0] not in METHODS:
                self._refuse(501)
            else:
                self.is_over = words[2] == "HTTP/1.0" or headers.get("connection") == "close"
                body = self.rfile.read(int(headers.get("content-length") or 0))
                self.answer(Asked.of(words[0], words[1], headers), body)

    def answer(self, asked: Asked, body: bytes) -> None:
        """Answer one request; to be defined."""
        raise NotImplementedError

    def _read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while line := self.rfile.readline(LONGEST_LINE).strip():
            name, _, value = line.decode("iso-8859-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def _refuse(self, status: int) -> None:
        self.is_over = True
        self.send(Asked.of("GET", "", {}), status, {}, b"")

    def send(
        self,
        asked: Asked,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        chunked: bool = False,
        part: int | None = None,
    ) -> None:
        """Send an answer, whole or only the first `part` bytes of its body, and hang up then."""
        head = [f"HTTP/1.1 {status} {PHRASES.get(status, '')}"]
        head += [f"Date: {formatdate(int(time.time()), usegmt=True)}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        has_body = status not in BODILESS
        chunked = chunked and has_body and asked.method != "HEAD"
        if chunked:
            head.append("Transfer-Encoding: chunked")
        elif has_body:
            head.append(f"Content-Length: {len(body)}")
        self.is_over = self.is_over or part is not None or headers.get("Connection") == "close"
        self.wfile.write("\r\n".join([*head, "", ""]).encode("iso-8859-1", "replace"))
        if has_body and asked.method != "HEAD":
            shown = body[:part]
            self.wfile.writelines(_chunks(shown, end=part is None) if chunked else [shown])
        self.wfile.flush()


def _chunks(body: bytes, *, end: bool) -> Iterator[bytes]:
    for at in range(0, len(body), BUFFER):
        piece = body[at : at + BUFFER]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    if end:
        yield b"0\r\n\r\n"
