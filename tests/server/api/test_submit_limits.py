"""Send too much, too deep, malformed, packed: the answer says what is wrong."""

import gzip
import http.client
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.server.access import Caller, Role
from squash_jenkins.server.api.write.bulk_lines import Line, store_lines
from tests.server.submit_samples import Client, job, serving

_MOST = 50_000
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("limits")
    with serving(folder, plugins, server={"max_body_bytes": _MOST}) as made:
        yield made


def told(client: Client, content: Any, status: int, **headers: str) -> Any:
    answer = client.post("/api/job/", data=content, headers={**_JSON, **headers})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def test_large_body_is_refused(client: Client) -> None:
    assert str(_MOST) in told(client, b" " * (_MOST + 1), 413)["detail"]
    assert client.post("/api/job/", data=b" " * _MOST, headers=_JSON).status_code == 400


def test_large_body_that_does_not_tell_its_size_is_refused(client: Client) -> None:
    told(client, (b" " * 1000 for _ in range(_MOST // 1000 + 1)), 413)


def test_large_body_is_refused_on_every_route(client: Client) -> None:
    for path in ("/api/metric/", "/api/no/such/route", "/"):
        answer = client.post(path, data=b" " * (_MOST + 1))
        assert answer.status_code == 413, path


def test_body_that_is_announced_too_large_is_refused_before_it_is_sent(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.running.port, timeout=30)
    connection.putrequest("POST", "/api/job/")
    connection.putheader("Content-Length", str(10**15))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_packed_body_is_read(client: Client) -> None:
    packed = gzip.compress(json.dumps(job(1, "packed")).encode())
    parts = gzip.compress(b" ") + packed
    for content, status in ((packed, 201), (parts, 200)):
        headers = {**_JSON, "Content-Encoding": "gzip"}
        answer = client.post("/api/job/", data=content, headers=headers)
        assert answer.status_code == status, answer.text


def test_packed_body_that_unpacks_to_much_is_refused(client: Client) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) <= _MOST
    told(client, bomb, 413, **{"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b", b"no gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9], b""]
)
def test_packed_body_that_is_damaged_is_refused(client: Client, content: bytes) -> None:
    assert "unpacked" in told(client, content, 400, **{"Content-Encoding": "gzip"})["detail"]


def test_unknown_packing_is_refused(client: Client) -> None:
    told(client, zlib.compress(b"{}"), 415, **{"Content-Encoding": "br"})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"a": 1',
        b'{"a": 1, "a": 2}',
        b"\xff\xfe\xfd",
        b"[" * 20_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"build": ' + b"9" * 5000 + b"}",
        b"1e999",
        b"null",
        b'"text"',
        b"[]",
        b"true",
    ],
)
def test_malformed_json_is_refused(client: Client, content: bytes) -> None:
    assert told(client, content, 400)["detail"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415),
        ("application/vnd.job+json; charset=utf-8", 201),
        ("application/x-www-form-urlencoded", 201),
        ("", 201),
    ],
)
def test_kinds_of_content(client: Client, kind: str, status: int) -> None:
    content = json.dumps(job(9, f"kinds {kind}"))
    answer = client.post("/api/job/", data=content.encode(), headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "content", [b"metric=%ff", b"a=1&a=2", b"&".join([b"a=1"] * 2000), b"\xe9=1"]
)
def test_malformed_forms_are_refused(client: Client, content: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/api/metric/", data=content, headers=kind)
    assert answer.status_code == 400, answer.text


def test_small_packed_body_that_holds_millions_of_values_is_refused(
    tmp_path: Path, plugins: Plugins
) -> None:
    """60 kB of gzip that unpack to 64 MB of empty lists held a server for two minutes."""
    lists = gzip.compress(b"[]," * 2**18) * 80
    bomb = gzip.compress(b'{"measurements": [') + lists + gzip.compress(b"1]}")
    assert len(bomb) < 100_000
    with serving(tmp_path, plugins) as client:
        answer = told(client, bomb, 400, **{"Content-Encoding": "gzip"})
        assert "they take more than 128 MiB of memory" in answer["detail"]


def test_line_that_holds_millions_of_values_is_refused(client: Client) -> None:
    line = b"[" + b"[]," * 2**20 + b"1]"
    (answer,) = store_lines(
        client.running.app.state.services, Caller("me", Role.SUBMITTER, "local"), [Line(1, line)]
    )
    assert answer["status"] == 400
    assert "they take more than 128 MiB of memory" in answer["detail"]
