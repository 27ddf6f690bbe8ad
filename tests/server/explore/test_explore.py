"""Explore: what there is, who may, and that nothing of it is imported before it is asked for."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.server.exploring import add
from tests.server.signing import get, join

_HEAVY = ("bokeh", "datashader", "pandas", "numpy", "tornado", "pyarrow")


def session(running: Any, **how: Any) -> str:
    answer = get(f"{running.url}/explore/session", **how)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["token"]
    return token


def opened(running: Any, token: str, origin: str, **headers: str) -> ClientConnection:
    """Open the websocket as a page of `origin` does."""
    return connect(
        f"{running.url.replace('http', 'ws', 1)}/explore/ws",
        origin=Origin(origin),
        subprotocols=[Subprotocol("bokeh"), Subprotocol(token)],
        additional_headers=headers,
        proxy=None,
        open_timeout=60,
    )


def test_tables_and_their_columns_are_offered(server: Callable[..., Any], samples: Any) -> None:
    running = server()
    assert get(f"{running.url}/explore/tables").json() == {"tables": []}
    add(running.store, samples, [1, 2], rows=50)
    (table,) = get(f"{running.url}/explore/tables").json()["tables"]
    named = {name: table[name] for name in ("job", "dataset", "filter", "table", "rows", "builds")}
    assert list(named.values()) == ["ci_hsc", "cfht", "r", "stars", 100, 2]
    kinds = {each["name"]: each["kind"] for each in table["columns"]}
    assert kinds == {"build": "number", "snr": "number", "dist": "number", "band": "word"}
    assert table["columns"][2]["unit"] == "marcsec"
    add(running.store, samples, range(3, 13), rows=50)
    (newest,) = get(f"{running.url}/explore/tables?builds=10").json()["tables"]
    assert newest["rows"] == 500
    wrong = get(f"{running.url}/explore/tables?builds=7")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "builds")


def test_the_page_keeps_the_strict_policy(server: Callable[..., Any]) -> None:
    running = server()
    page = get(f"{running.url}/explore/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<style" not in page.text
    assert "<script>" not in page.text
    assert get(f"{running.url}/explore?x=snr").headers["location"] == "./explore/?x=snr"
    for path, there in (("pooled/", True), ("drill-down/", True), ("overview/", False)):
        [bundle] = re.findall(r"assets/live/p\w+/[\w-]+\.js", get(f"{running.url}/{path}").text)
        assert ("explore-way" in get(f"{running.url}/{bundle}").text) is there


def test_a_page_of_another_site_gets_no_session(server: Callable[..., Any]) -> None:
    running = server()
    token = session(running)
    with opened(running, token, running.url) as connection:
        assert json.loads(connection.recv(timeout=60))["msgtype"] == "ACK"
    with pytest.raises(InvalidStatus) as refused:
        opened(running, token, "https://evil.example.org")
    assert refused.value.response.status_code == 403


def test_with_closed_reading_one_must_sign_in(server: Callable[..., Any]) -> None:
    running = server(server={"reading": "closed"})
    reader = join(running.store, "rea", role="reader")
    page = get(f"{running.url}/explore/", headers={"Accept": "text/html"})
    assert (page.status_code, "sign-in" in page.headers["location"]) == (303, True)
    for path in ("tables", "session"):
        assert get(f"{running.url}/explore/{path}").status_code == 401
    token = session(running, headers=reader.bearer)
    with pytest.raises(InvalidStatus) as refused:
        opened(running, token, running.url)
    assert refused.value.response.status_code == 403
    with opened(running, token, running.url, **reader.bearer) as connection:
        assert json.loads(connection.recv(timeout=60))["msgtype"] == "ACK"


def test_without_datashader_the_page_says_what_to_install(
    server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datashader", None)  # as where it is not installed
    running = server()
    page = get(f"{running.url}/explore/")
    assert page.status_code == 503
    assert "pip install &#39;squash-jenkins[datashader]&#39;" in page.text
    answer = get(f"{running.url}/explore/session")
    assert (answer.status_code, "datashader" in answer.json()["detail"]) == (503, True)


def test_nothing_that_draws_is_imported_with_the_server() -> None:
    code = "import sys, squash_jenkins.server.app; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(_HEAVY) & {name.partition(".")[0] for name in ran.stdout.split()} == set()
