"""Send requests that no well-meaning client sends, byte by byte: paths, headers, names."""

import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from squash_jenkins.plugins import Plugins
from tests.server.submit_samples import Client, serving

SECRET = secrets.token_hex()
MARK = "X-Injected"
NOBODY = {"main": {"url": "http://127.0.0.1:9/"}}
PLACES = (
    "/{}", "/api/{}", "/api/notify/{}/", "/assets/{}", "/jobs/{}/", "/jobs/a/{}", "/tiles/{}",
    "/?next={}", "/sign-in/?next={}", "/index.html?v={}", "/api/notify/?state={}",
    "/api/notify/?limit={}", "/history?{}=1",
)  # fmt: skip
PIECES = (
    "..", "../secret.txt", "../../../../../../etc/passwd", "..%2fsecret.txt", "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt", "%252e%252e%252fsecret.txt", "..%5csecret.txt", "..;/secret.txt",
    "....//secret.txt", "%c0%ae%c0%ae/secret.txt", "%00", "a%00.html", "%", "%zz", "%ff%fe",
    f"%0d%0a{MARK}:%201", f"%0a{MARK}:1", f"a%0d%0a%0d%0a<{MARK}>", "%e5%98%8a%e5%98%8d",
    "//evil.example/", "http://evil.example/", "%5cevil.example", "\\\\evil.example\\",
    "<script>alert(1)</script>", "%3Cscript%3Ealert(1)%3C/script%3E", "'%22><img src=x>",
    "a" * 9000, "%2f" * 2000, "a/" * 2000, "%F0%9F%A6%91", "-1", "9" * 400,
    "CON", "~", ".git/config",
)  # fmt: skip
HEADS = {
    "two lengths": b"POST /api/job/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n"
    b"Content-Length: 3\r\n\r\n{}",
    "a length and chunks": b"POST /api/job/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"POST /api/job/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
    "long length": b"POST /api/job/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: "
    + b"9" * 400 + b"\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: {host}\r\nX-A: 1\r\n 2\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
    "zero in a header": b"GET / HTTP/1.1\r\nHost: {host}\r\nX-A: \x00\r\n\r\n",
    "lone line feed": b"GET / HTTP/1.1\nHost: {host}\n\n",
    "other version": b"GET / HTTP/9.9\r\nHost: {host}\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "no slash": b"GET etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "another server": b"GET http://evil.example/index.html HTTP/1.1\r\nHost: {host}\r\n"
    b"Connection: close\r\n\r\n",
    "bytes": bytes(range(128, 256)) + b"\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(80),
    "upgrade": b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close, Upgrade\r\n"
    b"Upgrade: h2c\r\n\r\n",
    "half a websocket": b"GET /events HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
}  # fmt: skip
VALUES = (
    "\xff\xfe", "a" * 30_000, "%0d%0a", "Basic", "Basic !!!", "Basic Og==", "Bearer", "Bearer \xe9",
    'W/"', "*", "bytes=0-,-1", "../../etc/passwd", "gzip;q=nan", "text/html;q=0x", "squash=;;=",
)  # fmt: skip
NAMES = (
    "Authorization", "Cookie", "If-None-Match", "If-Modified-Since", "Range", "Accept",
    "Accept-Encoding", "Accept-Language", "Origin", "Referer", "Sec-Fetch-Site", "Last-Event-ID",
    "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Original-URL", "Content-Encoding",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("requests")
    (folder / "secret.txt").write_text(SECRET)
    (folder / "public").mkdir()
    with serving(folder, plugins, controllers=NOBODY) as made:
        yield made


def sent(client: Client, content: bytes) -> bytes:
    """Send bytes as they are, and return what comes until the connection ends."""
    port = client.running.port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(content.replace(b"{host}", f"127.0.0.1:{port}".encode()))
        found = b""
        while piece := connection.recv(65536):
            found += piece
    return found


def checked(answer: bytes, what: object) -> int:
    """Check that a response is in order and reveals nothing; return its status, 0 for none."""
    head, _, body = answer.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
    assert MARK.lower().encode() not in names, what
    assert len(set(names)) == len(names), what
    for told in (SECRET.encode(), b"root:", b"Traceback"):
        assert told not in body, what
    if b"content-type: text/html" in head.lower():
        assert b"<script>alert" not in body, what
        assert b"><img src=x" not in body, what
    else:
        assert not body or b"x-content-type-options: nosniff" in head.lower() or b" 400 " in head
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    status = int(found[1]) if found else 0
    assert found or not answer, what
    assert status < 500, what
    return status


@pytest.mark.parametrize("place", PLACES)
def test_paths_lead_nowhere(client: Client, place: str) -> None:
    for piece in PIECES:
        target = place.format(piece).replace(" ", "%20").encode()
        end = b" HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        answer = sent(client, b"GET " + target + end)
        status = checked(answer, target[:100])
        assert status, target[:100]
        if 300 <= status < 400:
            location = re.search(rb"\r\nlocation: (.*)\r\n", answer, re.IGNORECASE)
            assert location and re.match(rb"\./|/qa/|/sign-in/", location[1]), (target, location)


@pytest.mark.parametrize("name", HEADS)
def test_heads_that_are_not_in_order_are_refused_or_harmless(client: Client, name: str) -> None:
    status = checked(sent(client, HEADS[name]), name)
    if name in ("two lengths", "a length and chunks", "negative length", "bytes", "no path"):
        assert status == 400
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_values_of_headers_do_no_harm(client: Client, name: str) -> None:
    for value in VALUES:
        for path in ("/index.html", "/api/notify/", "/assets/style.css"):
            head = f"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n"
            line = f"{name}: {value}\r\n\r\n"
            assert checked(sent(client, (head + line).encode("latin-1")), (name, value, path))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "evil.example:127.0.0.1"},
        {"Host": "127.0.0.1@evil.example"},
        {"Host": ""},
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"},
        {"X-Forwarded-For": "203.0.113.7:4711"},
        {"X-Real-IP": "2001:db8::1"},
        {"Forwarded": "for=203.0.113.7"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_without_accounts_nobody_else_writes_whatever_headers_say(
    client: Client, headers: dict[str, str]
) -> None:
    answer = client.post("/api/metric/", json={"metric": "forwarded"}, headers=headers)
    assert answer.status_code == 403
    if "Origin" not in headers and "Sec-Fetch-Site" not in headers:
        assert client.get("/api/notify/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-Forwarded-Server": "evil.example"},
        {"X-Original-URL": "/evil"},
        {"X-Rewrite-URL": "/evil"},
    ],
)
def test_forwarded_names_get_into_no_answer(client: Client, headers: dict[str, str]) -> None:
    body = {"controller": "main", "job": "a", "build": 1}
    told = client.post("/api/notify/", json=body, headers=headers)
    assert told.status_code == 202
    assert told.headers["location"].startswith(client.running.url)
    for answer in (told, client.get("/index.html", headers=headers)):
        assert "evil" not in answer.text + str(answer.headers)


def test_foreign_proxies_are_not_believed(tmp_path: Path, plugins: Plugins) -> None:
    with serving(tmp_path, plugins, controllers=NOBODY) as closed:
        headers = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        answer = requests.get(f"{closed.running.url}/api/me/", headers=headers, timeout=60)
        assert answer.json()["how"] == "local"
        body = {"controller": "main", "job": quote("a"), "build": 1}
        told = closed.post("/api/notify/", json=body, headers=headers)
        assert told.json()["url"].startswith("http://127.0.0.1:")
