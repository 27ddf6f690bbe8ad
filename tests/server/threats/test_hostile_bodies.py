"""Post what is too large, too deep or malformed to every route that takes anything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from squash_jenkins.plugins import Plugins
from tests.server.submit_samples import Client, serving

_MOST = 50_000
_DEEP = 100_000
_STREAM = "/api/bulk/"
_KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/xml",
    "\xff",
    "",
)
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a zero byte": b"\0",
    "no text": bytes(range(256)),
    "half a text": b'"\xf0\x9f',
    "utf-16": json.dumps({"job": "a"}).encode("utf-16"),
    "half an object": b'{"name": "a", ',
    "a key twice": b'{"name": "a", "name": "b"}',
    "no number": b'{"build": NaN, "value": Infinity}',
    "long number": b'{"build": ' + b"9" * 4400 + b"}",
    "large exponent": b'{"build": 1e400, "name": "a"}',
    "deep lists": b"[" * (_MOST // 2) + b"]" * (_MOST // 2),
    "deep lists without end": b"[" * _MOST,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep in a field": b'{"job": ' + b"[" * 9000 + b"]" * 9000 + b"}",
    "many keys": json.dumps({f"k{n}": n for n in range(4000)}).encode(),
    "other types": b'{"name": [], "build": {}, "job": 1, "url": {"a": 1}, "measurements": "x"}',
    "other types below": b'{"build": {"number": [], "full_url": 3, "phase": {}}, "url": null}',
    "surrogates": b'{"name": "\\ud800", "job": "\\udfff", "url": "\\ud83d"}',
    "zero in a text": b'{"job": "a\\u0000b", "build": 1, "name": "\\u0000"}',
    "line breaks": b'{"job": "a\\r\\nSet-Cookie: x=y", "build": 1}',
    "dots": b'{"job": "../../etc/passwd", "build": 1, "name": ".."}',
    "a list": b"[1]",
    "lists": b"[[[]], {}, null]",
    "null": b"null",
    "fields twice": b"a=1&a=2",
    "many fields": b"&".join(b"f%d=1" % n for n in range(3000)),
    "broken escapes": b"job=%zz%&build=%f0%9f",
    "half a form": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
}
FORMS = ("/sign-in/", "/sign-out/")
"""Routes for people, which the OpenAPI document leaves out."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("bodies")
    with serving(folder, plugins, server={"max_body_bytes": _MOST}) as made:
        yield made


@pytest.fixture(scope="module")
def routes(client: Client) -> list[str]:
    """Return every path that takes a body by any method."""
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    writing = {"post", "put", "patch", "delete"}
    found = [path for path, item in document["paths"].items() if writing & set(item)]
    assert len(found) >= 4
    return [*(path.replace("{id}", "1") for path in found), *FORMS]


def _refused(client: Client, path: str, content: Any, kind: str) -> None:
    """Post, and check that the response says what is wrong, in order."""
    headers = {"Content-Type": kind.encode("latin-1")}
    answer = client.post(path, data=content, headers=headers, allow_redirects=False)
    told = f"{path} {kind!r}: {answer.status_code} {answer.text[:300]}"
    if path == _STREAM:
        assert answer.status_code == 200, told
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert lines[-1].get("end"), told
        assert all(400 <= line["status"] < 500 for line in lines[:-1]), told
    else:  # somebody who is not signed in is out already, and led back
        least = 303 if path == "/sign-out/" else 400
        assert least <= answer.status_code < 500, told
    if path not in (_STREAM, *FORMS):
        assert answer.headers["content-type"] == "application/problem+json", told
        assert answer.json()["detail"], told
    assert "Traceback" not in answer.text, told
    assert "set-cookie" not in answer.headers or path in FORMS, told


@pytest.mark.parametrize("name", BODIES)
def test_malformed_bodies_are_refused_by_every_route(
    client: Client, routes: list[str], name: str
) -> None:
    for path in routes:
        for kind in _KINDS:
            _refused(client, path, BODIES[name], kind)


def test_too_large_bodies_are_refused_by_every_route(client: Client, routes: list[str]) -> None:
    for path in routes:
        for content in (b"x" * (_MOST + 1), (b"[" * 10_000 for _ in range(_DEEP // 10_000))):
            _refused(client, path, content, "application/json")


def test_other_methods_are_refused(client: Client, routes: list[str]) -> None:
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    for path in routes:
        known = {method.upper() for method in document["paths"].get(path, ())}
        for method in {"PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"} - known:
            answer = requests.request(method, client.running.url + path, timeout=60)
            assert answer.status_code == 405, f"{method} {path}"


def test_nothing_of_all_that_is_stored(client: Client) -> None:
    with client.store.reader() as reader:
        assert reader.builds.jobs() == []
    assert client.store.build_queue.newest(10) == []
    assert client.get("/readyz").status_code == 200
