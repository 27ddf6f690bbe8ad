"""See that one client asks with few connections, not too often, compressed, and under its name."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
import responses

from squash_jenkins import __version__
from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError, NotFound, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.connections import Pace, PoliteAdapter
from squash_jenkins.jenkins.deadlines import Deadlines
from squash_jenkins.models import Artifact, BuildId
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

BUILD = BuildId("lab", "ci", 1)
FILE = Artifact("qa.json")
ROOT = "https://ci.example.org/jenkins/"
MIB = 2**20
Limited = Callable[..., JenkinsClient]


class Clock:
    """Tell a time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def limited(world: World, jenkins: SimulatedJenkins) -> Iterator[Limited]:
    """Return a function that makes clients with limits, of a Jenkins with one build."""
    world.add_job("ci")
    world.add_build("ci", artifacts={"qa.json": bytes(100_000)})
    clients: list[JenkinsClient] = []

    def make(connections: int = 16, per_second: float = 0.0, **options: object) -> JenkinsClient:
        controller = Controller(
            "lab", jenkins.url, connections=connections, requests_per_second=per_second
        )
        clients.append(JenkinsClient(controller, **options))  # type: ignore[arg-type] # options of many types
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_no_more_connections_than_allowed(world: World, limited: Limited, tmp_path: Path) -> None:
    world.latency = 0.01
    client = limited(connections=3)

    def use(at: int) -> None:
        client.download(BUILD, FILE, tmp_path / str(at), MIB)
        client.build(BUILD)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(use, range(24)))
    assert world.busiest == 3


def test_threads_use_all_connections_that_they_may(world: World, limited: Limited) -> None:
    world.latency = 0.05
    client = limited(connections=8)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.build(BUILD), range(32)))
    assert world.busiest == 8


def test_a_connection_comes_back_after_each_kind_of_failure(
    world: World, limited: Limited, tmp_path: Path
) -> None:
    client = limited(connections=1, attempts=1)
    file = tmp_path / "f"
    for kind in ("status", "html", "reset", "cut", "truncate"):
        for chunked in (False, True):
            world.order_fault("qa.json", kind=kind, chunked=chunked)
            with pytest.raises(JenkinsError):
                client.download(BUILD, FILE, file, MIB)
    with pytest.raises(Exception, match="limit of 10 bytes"):
        client.download(BUILD, FILE, file, 10)
    with pytest.raises(NotFound, match="no artifact"):
        client.download(BUILD, Artifact("none.json"), file, MIB)
    with pytest.raises(NotFound):
        client.listing("none")
    assert client.download(BUILD, FILE, file, MIB) == 100_000
    assert world.busiest == 1


def test_requests_of_all_threads_keep_the_pace(world: World, limited: Limited) -> None:
    client = limited(per_second=50, sleep=time.sleep)
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.build(BUILD), range(16)))
    assert time.monotonic() - begin >= 15 / 50
    assert len(world.requests) == 16


def test_everything_is_counted_second_tries_too(
    world: World, limited: Limited, tmp_path: Path
) -> None:
    clock = Clock()
    client = limited(per_second=0.01, sleep=clock.sleep, clock=clock)
    world.order_fault("qa.json", kind="truncate", times=2)
    client.download(BUILD, FILE, tmp_path / "f", MIB)
    client.version()
    client.jobs()
    assert client.whoami() == "anonymous"
    assert clock.now - 100 == pytest.approx(100 * (len(world.requests) - 1))


def test_a_pace_is_even_and_gives_no_credit_for_rest() -> None:
    clock = Clock()
    pace = Pace(4, clock, clock.sleep)
    for _ in range(3):
        pace.wait()
    assert clock.naps == [0.25, 0.25]
    clock.now += 60
    for _ in range(3):
        pace.wait()
    assert clock.naps == [0.25] * 4


def test_no_limit_never_sleeps() -> None:
    clock = Clock()
    pace = Pace(0, clock, clock.sleep)
    for _ in range(100):
        pace.wait()
    assert clock.naps == []


@responses.activate
def test_what_lies_elsewhere_is_not_paced() -> None:
    clock = Clock()
    adapter = PoliteAdapter(
        Controller("lab", ROOT), Pace(1, clock, clock.sleep), Deadlines(60, threading.Event())
    )
    responses.get(ROOT + "x")
    responses.get("https://store.example/x")
    with requests.Session() as session:
        session.mount("https://", adapter)
        for _ in range(3):
            session.get("https://store.example/x", timeout=5)
        assert clock.naps == []
        for _ in range(3):
            session.get(ROOT + "x", timeout=5)
    assert clock.naps == [1.0, 1.0]


def test_each_request_has_our_name_and_takes_compressed_answers(
    world: World, limited: Limited, tmp_path: Path
) -> None:
    client = limited()
    client.download(BUILD, FILE, tmp_path / "f", MIB)
    client.build(BUILD)
    client.listings(5)
    client.jobs()
    client.version()
    assert len(world.requests) >= 5
    for asked in world.requests:
        assert asked.headers["user-agent"] == f"squash-jenkins/{__version__}"
        assert "gzip" in re.split(", *", asked.headers["accept-encoding"])


@responses.activate
@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 1, 1.5),
        ("100000", 60, 60),
        ("soon", 1, 1.5),
        ("-5", 1, 1.5),
        ("Wed, 31 Feb 2026 00:00:00 GMT", 1, 1.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1, 1.5),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 60, 60),
    ],
)
def test_a_proxy_that_asks_to_wait_is_obeyed_within_limits(
    text: str, least: float, most: float
) -> None:
    clock = Clock()
    responses.get(f"{ROOT}whoAmI/api/json", status=503, headers={"Retry-After": text})
    responses.get(f"{ROOT}whoAmI/api/json", json={"name": "dev"})
    with JenkinsClient(Controller("lab", ROOT), sleep=clock.sleep, clock=clock) as client:
        assert client.whoami() == "dev"
    (nap,) = clock.naps
    assert least <= nap <= most


@responses.activate
def test_a_proxy_may_ask_for_a_moment_in_time() -> None:
    clock = Clock()
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    responses.get(f"{ROOT}whoAmI/api/json", status=429, headers={"Retry-After": moment})
    client = JenkinsClient(Controller("lab", ROOT), sleep=clock.sleep, clock=clock, attempts=2)
    with client, pytest.raises(Unreachable):
        client.whoami()
    assert 20 < clock.naps[0] <= 30


def test_downloads_wait_as_long_as_they_are_asked_to(
    world: World, limited: Limited, tmp_path: Path
) -> None:
    clock = Clock()
    world.order_fault("qa.json", headers={"Retry-After": "9"})
    client = limited(sleep=clock.sleep, clock=clock)
    assert client.download(BUILD, FILE, tmp_path / "f", MIB) == 100_000
    assert clock.naps == [9]
