"""Ask a simulated Jenkins over real HTTP, through its whole life."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from squash_jenkins.errors import (
    NotFound,
    PermissionMissing,
    SettingsError,
    SignInRefused,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.names import jenkins_artifact_url, jenkins_build_url, jenkins_job_url
from squash_jenkins.models import Artifact, BuildId, Cause
from squash_jenkins.simulate.state import SimChange
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, 12, 0, 0, 250000, UTC)
Connect = Callable[..., JenkinsClient]


def of(job: str, number: int = 1) -> BuildId:
    return BuildId("lab", job, number)


@pytest.fixture
def ci(world: World) -> str:
    world.add_job("ci_hsc")
    world.add_build("ci_hsc", started=START, duration=12.5, artifacts={"out/qa.json": b"{}"})
    return "ci_hsc"


def test_a_build_is_read_whole(world: World, client: JenkinsClient) -> None:
    world.add_job("ci_hsc")
    upstream = {
        "shortDescription": 'Started by upstream project "nightly" build number 5',
        "upstreamProject": "nightly",
        "upstreamBuild": 5,
        "upstreamUrl": "job/nightly/",
    }
    world.add_build(
        "ci_hsc",
        started=START,
        duration=12.5,
        result="UNSTABLE",
        artifacts={"out/qa.json": b"{}", "a b/#1.txt": b""},
        parameters={"DATASET": "hsc", "REV": "a b&c=d <é>"},
        causes=[upstream],
        changes=[SimChange("abc123", "Ann", "fix <x>", 1_772_366_000_000, ("f.py",))],
        node="agent-3",
        description="mine",
    )
    build = client.build(of("ci_hsc"))
    assert build.id == BuildId("lab", "ci_hsc", 1)
    assert build.started == START
    assert build.duration == 12.5
    assert (build.result, build.provisional, build.node) == ("UNSTABLE", False, "agent-3")
    assert build.description == "mine"
    assert build.parameters == {"DATASET": "hsc", "REV": "a b&c=d <é>"}
    (cause,) = build.causes
    assert cause == Cause(cause.text, None, "nightly", 5)
    (change,) = build.changes
    assert (change.revision, change.author, change.message) == ("abc123", "Ann", "fix <x>")
    assert change.committed == datetime(2026, 3, 1, 11, 53, 20, tzinfo=UTC)
    assert build.artifacts == [Artifact("a b/#1.txt"), Artifact("out/qa.json")]
    assert len(world.requests) == 1


NAMES = [
    ("ci_hsc", "freestyle"),
    ("folder/sub folder/spaces and é", "freestyle"),
    ("folder/run #1 'it' \"q\" 100%", "freestyle"),
    ("multi/tickets%2FDM-1234", "pipeline"),
    ("multi/feature%2Fab%23c", "pipeline"),
    ("銀河/測定", "pipeline"),
    ("validate_matrix/DATASET=cfht,PY=2", "configuration"),
]
LIKE_A_CONFIGURATION = ("folder/called=like,a=configuration", "freestyle")
"""Only Jenkins can tell that this is none, so its URL cannot be made from the name."""


@pytest.mark.parametrize(("name", "kind"), [*NAMES, LIKE_A_CONFIGURATION])
@pytest.mark.parametrize("prefix", ["", "/jenkins"])
def test_fact_12_names_of_all_kinds(
    world: World, connect: Connect, name: str, kind: Any, prefix: str
) -> None:
    world.prefix = prefix
    world.add_job(name, kind)
    world.add_build(name, started=START)
    world.add_build(name, started=START)
    client = connect()
    assert client.build(of(name)).id.job == name
    assert [build.number for build in client.listing(name)] == [2, 1]
    with pytest.raises(NotFound, match="next build of the job will be #3"):
        client.build(of(name, 3))


@pytest.mark.parametrize(("name", "kind"), NAMES)
@pytest.mark.parametrize("prefix", ["", "/jenkins"])
def test_fact_12_urls_are_made_from_names(
    world: World, connect: Connect, name: str, kind: Any, prefix: str
) -> None:
    world.prefix = prefix
    world.add_job(name, kind)
    world.add_build(name, started=START, artifacts={"a b/#é.json": b"[]"})
    root = connect().controller.url
    for url in (jenkins_job_url(root, name), jenkins_build_url(root, name, 1)):
        assert requests.get(str(url), timeout=5).status_code == 200
    artifact = jenkins_artifact_url(root, name, 1, "a b/#é.json")
    assert requests.get(str(artifact), timeout=5).text == "[]"


def test_jobs_are_found_in_all_folders(world: World, client: JenkinsClient) -> None:
    names = ["a b/é/c", "ci_hsc", "matrix", "multi/tickets%2FDM-1", "deep/" * 13 + "job"]
    for name in names:
        world.add_job(name)
    world.jobs["matrix"].kind = "matrix"
    world.jobs["multi"].kind = "multibranch"
    world.add_job("matrix/A=1", "configuration")
    world.add_job("empty folder", "folder")
    assert sorted(client.jobs()) == sorted(names)


@pytest.mark.parametrize("name", ["", "a//b", "../secret"])
def test_impossible_names_are_not_asked_for(world: World, client: JenkinsClient, name: str) -> None:
    with pytest.raises(SettingsError):
        client.build(of(name))
    assert not world.requests


def test_fact_11_matrix_builds_lead_to_their_runs(world: World, client: JenkinsClient) -> None:
    world.root_url = "http://elsewhere.example/other/"
    world.add_job("f/m", "matrix")
    for axis in ("A=1,PY=2", "A=2,PY=2"):
        world.add_job(f"f/m/{axis}", "configuration")
        world.add_build(f"f/m/{axis}", started=START, artifacts={f"{axis}.json": b"{}"})
    world.add_build("f/m/A=2,PY=2", started=START)
    runs = [("f/m/A=1,PY=2", 1), ("f/m/A=2,PY=2", 2)]
    world.add_build("f/m", started=START, runs=runs)
    (run,) = client.build(of("f/m")).runs
    assert run == of("f/m/A=1,PY=2")
    assert client.build(run).artifacts == [Artifact("A=1,PY=2.json")]


def test_fact_13_urls_have_the_configured_root(
    world: World, client: JenkinsClient, ci: str
) -> None:
    world.root_url = "http://unreachable.invalid/"
    assert client.build(of(ci)).result == "SUCCESS"
    client.describe(of(ci), "set")
    assert client.description(of(ci)) == "set"


def test_version_and_user(client: JenkinsClient, connect: Connect) -> None:
    assert client.version() == "2.263.4"
    assert client.whoami() == "dev"
    assert connect(None, None).whoami() == "anonymous"


def test_fact_15_wrong_token_even_where_anonymous_may_read(connect: Connect, ci: str) -> None:
    assert connect(None, None).build(of(ci)).result == "SUCCESS"
    client = connect("dev", "wrong")
    for ask in (client.version, client.jobs, client.whoami, lambda: client.build(of(ci))):
        with pytest.raises(SignInRefused, match="'dev'") as caught:
            ask()
        assert "wrong" not in str(caught.value)


def test_fact_15_a_closed_server(world: World, connect: Connect, ci: str) -> None:
    world.anonymous = frozenset()
    client = connect(None, None)
    for ask in (client.version, client.jobs, client.whoami, lambda: client.build(of("nosuch"))):
        with pytest.raises(PermissionMissing, match="needs a user and token"):
            ask()
    assert connect().build(of(ci)).result == "SUCCESS"


def test_fact_15_without_job_read_everything_is_missing(
    world: World, connect: Connect, ci: str
) -> None:
    world.anonymous = frozenset()
    client = connect("nobody")
    assert client.jobs() == []
    with pytest.raises(NotFound, match="user 'nobody' lacks Job/Read"):
        client.build(of(ci))


def test_fact_7_and_8_what_a_missing_build_may_be(
    world: World, client: JenkinsClient, ci: str
) -> None:
    for _ in range(3):
        world.add_build(ci)
    world.delete_build(ci, 4)
    world.delete_build(ci, 2)
    for number in (2, 4):
        with pytest.raises(NotFound, match=f"ci_hsc #{number} was deleted"):
            client.build(of(ci, number))
    with pytest.raises(NotFound, match="next build of the job will be #5"):
        client.build(of(ci, 9))
    assert [build.number for build in client.listing(ci)] == [3, 1]


def test_fact_8_a_recreated_job_has_other_builds_of_the_same_number(
    world: World, client: JenkinsClient, ci: str
) -> None:
    before = client.build(of(ci))
    world.recreate_job(ci)
    world.add_build(ci, started=START + timedelta(days=1))
    after = client.build(of(ci))
    assert before.id == after.id
    assert after.started - before.started == timedelta(days=1)


def test_fact_8_a_renamed_job_is_gone_under_its_old_name(
    world: World, client: JenkinsClient, ci: str
) -> None:
    world.rename_job(ci, "new")
    with pytest.raises(NotFound, match="renamed"):
        client.build(of(ci))
    assert client.build(of("new")).result == "SUCCESS"


def test_fact_5_stale_permalinks_and_fact_6_order_do_not_matter(
    world: World, client: JenkinsClient
) -> None:
    world.add_job("conc", concurrent=True)
    world.start_build("conc")
    world.add_build("conc", started=START)
    world.freeze_permalinks("conc", {"lastCompletedBuild": None, "lastBuild": 1})
    states = [(build.number, build.running) for build in client.listing("conc")]
    assert states == [(2, False), (1, True)]
    assert client.build(of("conc", 2)).result == "SUCCESS"


def test_one_client_serves_many_threads(world: World, client: JenkinsClient, ci: str) -> None:
    world.latency = 0.01
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: client.build(of(ci)).result, range(64)))
    assert set(results) == {"SUCCESS"}


def test_fact_24_numbers_that_are_not_json_are_read(
    world: World, client: JenkinsClient, ci: str
) -> None:
    world.jobs[ci].builds[1].actions.append({"parameters": [{"name": "x", "value": float("nan")}]})
    value = client.build(of(ci)).parameters["x"]
    assert json.dumps(value) == "NaN"
