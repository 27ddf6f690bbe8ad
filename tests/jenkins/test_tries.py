"""See what is tried again, how often, and with which headers and time limits."""

import io
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from squash_jenkins import __version__
from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError, SignInRefused, UnexpectedAnswer, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId

ROOT = "https://ci.example.org/jenkins/"
BUILD = BuildId("lab", "ci_cfht", 4)
ADDRESS = f"{ROOT}job/ci_cfht/4/api/json"
Replay = Callable[..., None]
KEY = "11d5hush5token"  # as in conftest.py


@responses.activate
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_is_likely_to_pass_is_tried_again(replay: Replay, rig: Any, status: int) -> None:
    responses.get(ADDRESS, status=status, body="<title>Bad Gateway</title>")
    responses.get(ADDRESS, status=status)
    replay("build_1_success")
    with pytest.raises(UnexpectedAnswer, match="number 1"):
        rig.client.build(BUILD)
    assert len(rig.naps) == 2


def starting(status: int, body: str, **headers: str) -> None:
    responses.get(ADDRESS, status=status, body=body, content_type="text/html", headers=headers)


NO_STORE = {"Cache-Control": "no-cache,no-store,must-revalidate", "Expires": "0"}


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "headers", "is_starting"),
    [
        (503, "<h1>Please wait while Jenkins is getting ready to work</h1>", {}, True),
        (503, "<title>Starting Jenkins</title><h1>Jenkins is getting ready</h1>", {}, True),
        (503, "<title>Jenkins wird gestartet</title>", {}, True),
        (503, "<h1>Un momento</h1>", NO_STORE, True),
        (503, "<h1>503 Service Temporarily Unavailable</h1>", {}, False),
        (503, "<h1>503</h1>Apache at jenkins.example.org", {"Cache-Control": "no-cache"}, False),
        (503, "<title>Jenkins is upgraded</title>", {"Retry-After": "0"}, False),
        (502, "<title>Starting Jenkins</title>", NO_STORE, False),
    ],
)
def test_facts_20_and_25_a_starting_jenkins_is_known_in_every_version_and_language(
    rig: Any, status: int, body: str, headers: dict[str, str], is_starting: bool
) -> None:
    starting(status, body, **headers)
    said = rig.fails(Unreachable)
    assert ("is starting" in said) is is_starting
    assert ("proxy" in said) is not is_starting


@responses.activate
def test_a_starting_jenkins_is_waited_for_with_patience() -> None:
    naps: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    client = JenkinsClient(
        Controller("lab", ROOT), sleep=sleep, clock=lambda: now[0], attempts=2, outage_limit=600
    )
    for _ in range(20):
        starting(503, "<title>Starting Jenkins</title>")
    responses.get(ADDRESS, json={"number": 4, "timestamp": 1})
    with client:
        assert client.build(BUILD).id == BUILD
    assert len(naps) == 20
    assert max(naps) <= 24  # the doubling ends: who waits long looks often enough


@responses.activate
@pytest.mark.parametrize("seen", [True, False])
def test_a_jenkins_that_was_never_there_is_not_waited_for(seen: bool) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = JenkinsClient(
        Controller("lab", ROOT), sleep=sleep, clock=lambda: now[0], attempts=2, outage_limit=100
    )
    if seen:
        responses.get(ADDRESS, json={"number": 4, "timestamp": 1})
        client.build(BUILD)
    responses.get(ADDRESS, body=requests.ConnectionError("refused"))
    with client, pytest.raises(Unreachable):
        client.build(BUILD)
    assert (now[0] > 100) is seen


@responses.activate
def test_who_is_stopped_waits_for_nobody() -> None:
    stopped = threading.Event()
    client = JenkinsClient(
        Controller("lab", ROOT),
        sleep=lambda _: stopped.set(),
        attempts=2,
        outage_limit=600,
        stopped=stopped,
    )
    starting(503, "<title>Starting Jenkins</title>")
    with client, pytest.raises(Unreachable):
        client.build(BUILD)
    assert len(responses.calls) == 2


@responses.activate
def test_delays_double_with_jitter_and_outlast_a_restart(rig: Any) -> None:
    starting(503, "<title>Starting Jenkins</title>")
    assert "is starting" in rig.fails(Unreachable)
    assert len(responses.calls) == 6
    assert len(rig.naps) == 5
    for step, nap in enumerate(rig.naps):
        assert 2**step <= nap <= 1.5 * 2**step
    assert sum(rig.naps) > 9 + 15
    assert len({nap / 2**step for step, nap in enumerate(rig.naps)}) > 1


@responses.activate
def test_the_settings_of_a_controller_say_how_often_a_request_is_tried() -> None:
    naps: list[float] = []
    responses.get(ADDRESS, body=requests.ConnectionError("refused"))
    with (
        JenkinsClient(Controller("lab", ROOT, attempts=3), sleep=naps.append) as client,
        pytest.raises(Unreachable),
    ):
        client.build(BUILD)
    assert len(responses.calls) == 3
    assert len(naps) == 2


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 403, 405, 410, 500])
def test_what_does_not_pass_is_asked_once(rig: Any, status: int) -> None:
    responses.get(ADDRESS, status=status)
    rig.fails(JenkinsError)
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("error", "kind", "naps", "text"),
    [
        (requests.exceptions.ReadTimeout("x"), Unreachable, 5, "within 30 s"),
        (requests.exceptions.ConnectTimeout("x"), Unreachable, 5, "cannot be reached"),
        (requests.ConnectionError(ConnectionResetError(104, "reset")), Unreachable, 5, "reset"),
        (requests.exceptions.ChunkedEncodingError("x"), Unreachable, 5, "broke off"),
        (requests.exceptions.SSLError("x"), Unreachable, 0, "verify"),
        (requests.exceptions.TooManyRedirects("x"), UnexpectedAnswer, 0, "url"),
    ],
)
def test_failing_connections(
    rig: Any, error: Exception, kind: type[JenkinsError], naps: int, text: str
) -> None:
    responses.get(ADDRESS, body=error)
    assert text in rig.fails(kind)
    assert len(rig.naps) == naps


@responses.activate
@pytest.mark.parametrize("ask", ["version", "jobs"])
def test_python_jenkins_questions_have_the_same_errors(replay: Replay, rig: Any, ask: str) -> None:
    for url in (ROOT, f"{ROOT}api/json"):
        responses.get(url, status=503)
        replay("auth_bad_token_401", url)
    with pytest.raises(SignInRefused):
        getattr(rig.client, ask)()
    assert len(rig.naps) == 1


@responses.activate
@pytest.mark.parametrize("ask", ["version", "jobs"])
def test_python_jenkins_questions_to_something_else(rig: Any, ask: str) -> None:
    for url in (ROOT, f"{ROOT}api/json"):
        responses.get(url, body="<p>hello")
    with pytest.raises(UnexpectedAnswer, match="root URL"):
        getattr(rig.client, ask)()


@responses.activate
def test_every_request_is_signed_named_and_limited(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    matching = [
        matchers.header_matcher({"User-Agent": f"squash-jenkins/{__version__}"}),
        matchers.request_kwargs_matcher({"timeout": (10.0, 30), "verify": True}),
    ]
    body = {"number": 4, "timestamp": 1, "building": False}
    responses.get(ADDRESS, json=body, match=matching)
    rig.client.build(BUILD)
    assert responses.calls[0].request.headers["Authorization"].startswith("Basic ")


@responses.activate
def test_a_pinned_certificate_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    client = JenkinsClient(Controller("lab", ROOT, verify="/ours.pem"))
    matching = [matchers.request_kwargs_matcher({"verify": "/ours.pem"})]
    responses.get(ADDRESS, json={"number": 4, "timestamp": 1}, match=matching)
    client.build(BUILD)


@responses.activate
def test_the_token_is_in_no_log_and_no_repr(rig: Any) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        responses.get(ADDRESS, status=401)
        rig.fails(SignInRefused)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    shown: list[Any] = [rig.client, rig.client.controller, vars(rig.client)]
    assert KEY not in stream.getvalue() + "".join(map(repr, shown))
