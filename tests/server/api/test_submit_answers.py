"""Answers that somebody has already are not sent again, and others are packed."""

import gzip
import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.responses import JSONResponse, StreamingResponse

from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services
from tests.server.submit_samples import Client

_LONG = {"values": list(range(2000))}


def _reading(_served: Services) -> Part:
    """Return a part with answers of every kind."""
    router = APIRouter()
    content = dict(_LONG)

    @router.get("/api/long")
    def long() -> JSONResponse:
        return JSONResponse(content)

    @router.get("/api/change")
    def change() -> JSONResponse:
        content["changed"] = [len(content)]
        return JSONResponse({})

    @router.get("/api/tagged")
    def tagged() -> JSONResponse:
        return JSONResponse(_LONG, headers={"ETag": '"own"'})

    @router.get("/api/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(["x" * 5000]), media_type="text/event-stream")

    return Part([router])


@pytest.fixture
def client(server: Callable[..., Any]) -> Client:
    return Client(server(parts=[_reading]))


def test_answers_have_a_tag_that_changes_with_them(client: Client) -> None:
    first = client.get("/api/long")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["content-encoding"] == "gzip"
    for wanted in (tag, tag.removeprefix("W/"), f'"a", {tag}', "*"):
        answer = client.get("/api/long", headers={"If-None-Match": wanted})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    client.get("/api/change")
    answer = client.get("/api/long", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    for path, status in (("/api/long", 200), ("/api/missing", 404)):
        whole, bare = client.get(path), client.head(path)
        assert (whole.status_code, bare.status_code) == (status, status)
        assert bare.content == b"" and whole.content
        same = ("content-type", "content-length", "etag", "content-encoding")
        assert [bare.headers.get(name) for name in same] == [
            whole.headers.get(name) for name in same
        ]


def test_tags_of_their_own_and_problems_stay(client: Client) -> None:
    assert client.get("/api/tagged").headers["etag"] == '"own"'
    assert "etag" not in client.get("/api/missing").headers


def test_answers_are_packed_for_those_who_take_it_and_events_never(client: Client) -> None:
    asked = {"Accept-Encoding": "gzip"}
    connection = http.client.HTTPConnection("127.0.0.1", client.running.port, timeout=30)

    def get(path: str, **headers: str) -> tuple[str | None, bytes]:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.getheader("content-encoding"), answer.read()

    encoding, content = get("/api/long", **asked)
    assert (encoding, json.loads(gzip.decompress(content))) == ("gzip", _LONG)
    assert get("/api/long")[0] is None
    assert get("/api/stream", **asked) == (None, b"x" * 5000)
    connection.close()
