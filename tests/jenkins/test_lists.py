"""Ask a simulated Jenkins for many builds at once: lists, pages, families, the whole controller."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import responses

from squash_jenkins.config import Controller
from squash_jenkins.errors import BuildMissing, IsFolder, NotFound
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.lists import read_branches
from squash_jenkins.models import Artifact, BuildId, ListedBranch, ListedBuild
from squash_jenkins.simulate.state import SimChange
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, 12, 0, 0, 250000, UTC)
Connect = Callable[..., JenkinsClient]


def of(job: str, number: int = 1) -> BuildId:
    return BuildId("lab", job, number)


def numbers(listed: list[ListedBuild]) -> list[int]:
    return [each.number for each in listed]


@pytest.fixture
def matrix(world: World) -> str:
    """Add a matrix job whose second build reused the first run of axis A=1."""
    world.add_job("f/m", "matrix")
    for axis in ("A=1,PY=2", "A=2,PY=2"):
        world.add_job(f"f/m/{axis}", "configuration")
        for number in (1, 2) if axis.startswith("A=2") else (1,):
            world.add_build(
                f"f/m/{axis}",
                number=number,
                started=START + timedelta(hours=number),
                artifacts={f"{axis} {number}.json": b"{}"},
                parameters={"AXIS": axis},
                changes=[SimChange("abc", "Ann", "why", 1_772_366_000_000, ("f.py",))],
                node=f"agent-{number}",
            )
    both = ["f/m/A=1,PY=2", "f/m/A=2,PY=2"]
    world.add_build("f/m", started=START + timedelta(hours=1), runs=[(name, 1) for name in both])
    runs = [(both[0], 1), (both[1], 2)]
    world.add_build("f/m", started=START + timedelta(hours=2), runs=runs)
    return "f/m"


def test_the_name_is_that_of_the_controller(client: JenkinsClient) -> None:
    assert client.name == "lab"


def test_fact_9_a_listing_has_all_builds_in_one_light_request(
    world: World, client: JenkinsClient
) -> None:
    world.add_job("long")
    for number in range(1, 251):
        world.add_build("long", number=number, started=START + timedelta(hours=number))
    world.start_build("long", started=START + timedelta(hours=251))
    listed = client.listing("long")
    assert numbers(listed) == list(range(251, 0, -1))
    assert listed[0] == ListedBuild(251, START + timedelta(hours=251), running=True)
    assert listed[-1] == ListedBuild(1, START + timedelta(hours=1), running=False)
    assert numbers(client.newest("long", 3)) == [251, 250, 249]
    assert client.newest("long", 0) == []
    assert len(client.newest("long", 1000)) == 251
    asked = [unquote(path).partition("tree=")[2] for _, path in world.requests]
    line = "allBuilds[number,timestamp,building]"
    newest = "allBuilds[number,timestamp,building,description]"
    assert asked == [line, newest + "{0,3}", newest + "{0,0}", newest + "{0,1000}"]


def test_what_has_no_list_of_builds(world: World, client: JenkinsClient) -> None:
    world.add_job("empty")
    world.add_job("folder", "folder")
    assert client.listing("empty") == []
    assert client.page("empty", 0, 100) == []
    for ask in (
        client.listing,
        lambda job: client.newest(job, 5),
        lambda job: client.page(job, 0, 9),
    ):
        with pytest.raises(IsFolder):
            ask("folder")
        with pytest.raises(NotFound, match="no job 'nosuch'"):
            ask("nosuch")


def test_a_page_is_one_request_and_tells_what_single_requests_tell(
    world: World, client: JenkinsClient, matrix: str
) -> None:
    page = client.page(matrix, 0, 100)
    assert len(world.requests) == 1
    ids = [[build.id for build in family] for family in page]
    first, second = f"{matrix}/A=1,PY=2", f"{matrix}/A=2,PY=2"
    assert ids == [
        [of(matrix, 2), of(second, 2)],
        [of(matrix, 1), of(first, 1), of(second, 1)],
    ]
    for family in page:
        assert family == [client.build(build.id) for build in family]
        assert family == client.family(family[0].id)
        assert list(family[0].runs) == [run.id for run in family[1:]]
    run = page[1][1]
    assert run.artifacts == [Artifact("A=1,PY=2 1.json")]
    assert (run.node, run.parameters) == ("agent-1", {"AXIS": "A=1,PY=2"})


def test_a_page_begins_and_ends_where_it_is_asked_to(world: World, client: JenkinsClient) -> None:
    world.add_job("ci")
    for _ in range(7):
        world.add_build("ci", started=START)
    pages = [client.page("ci", start, start + 3) for start in (0, 3, 6, 9)]
    found = [[family[0].id.number for family in page] for page in pages]
    assert found == [[7, 6, 5], [4, 3, 2], [1], []]
    assert all(len(family) == 1 for page in pages for family in page)


def test_a_family_that_is_missing(world: World, client: JenkinsClient, matrix: str) -> None:
    world.delete_build(matrix, 1)
    with pytest.raises(BuildMissing, match="was deleted"):
        client.family(of(matrix, 1))
    with pytest.raises(IsFolder):
        client.family(of("f"))


@responses.activate
def test_runs_that_jenkins_tells_too_little_of_are_asked_for_alone() -> None:
    root = "https://ci.example.org/job/m"
    run = {"number": 3, "timestamp": 1_772_366_400_250, "building": False, "result": "FAILURE"}
    said = [{"number": 3, "url": f"{root}/A={axis}/3/"} for axis in (1, 2)]
    said += [{"number": 2, "url": f"{root}/A=3/2/"}]
    responses.get(f"{root}/3/api/json", json={**run, "result": "SUCCESS", "runs": said})
    responses.get(f"{root}/A=1/3/api/json", json=run)
    responses.get("https://ci.example.org/job/m/api/json", json={"nextBuildNumber": 4})
    for gone in ("A=2/3", "A=2", "job/A=2/3", "job/A%3D2/3", "job/A=2", "job/A%3D2"):
        responses.get(f"{root}/{gone}/api/json", status=404)
    responses.get("https://ci.example.org/api/json", json={"mode": "NORMAL"})
    with JenkinsClient(Controller("lab", "https://ci.example.org")) as client:
        family = client.family(of("m", 3))
    assert [(build.id, build.result) for build in family] == [
        (of("m", 3), "SUCCESS"),
        (of("m/A=1", 3), "FAILURE"),
    ]


def test_all_jobs_with_their_newest_builds_in_one_request(
    world: World, client: JenkinsClient, matrix: str
) -> None:
    names = ["a b/é/c", "ci", "multi/tickets%2FDM-1", "multi/100%25#?&", "deep/" * 13 + "job"]
    for name in names:
        world.add_job(name)
        for number in range(1, 8):
            world.add_build(name, number=number, started=START + timedelta(hours=number))
    world.jobs["multi"].kind = "multibranch"
    world.add_job("empty folder", "folder")
    world.add_job("empty")
    world.start_build("ci", started=START)
    world.root_url = "http://elsewhere.example/other/"
    found = client.listings(5)
    assert len(world.requests) == 1
    assert set(found) == {*names, matrix, "empty"} == set(client.jobs())
    assert found["ci"][:2] == [
        ListedBuild(8, START, running=True),
        ListedBuild(7, START + timedelta(hours=7), running=False),
    ]
    assert all(numbers(found[name]) == [7, 6, 5, 4, 3] for name in names if name != "ci")
    assert (numbers(found[matrix]), found["empty"]) == ([2, 1], [])
    for name in names:
        assert found[name] == client.newest(name, 5)


def test_the_request_for_all_jobs_passes_through_proxies(
    world: World, client: JenkinsClient
) -> None:
    assert client.listings(10_000) == {}
    ((_, path),) = world.requests
    assert len(path) < 4000
    assert urlsplit(path).path == "/api/json"


@responses.activate
def test_jobs_that_vanish_meanwhile_are_left_out() -> None:
    left = {"name": "left", "allBuilds": [{"number": 1, "timestamp": 1000, "building": False}]}
    answer = {"jobs": [{}, {"_class": "x"}, None, {"name": "external"}, left]}
    responses.get("https://ci.example.org/api/json", json=answer)
    with JenkinsClient(Controller("lab", "https://ci.example.org")) as client:
        assert client.listings(5) == {
            "left": [ListedBuild(1, datetime(1970, 1, 1, 0, 0, 1, 0, UTC))]
        }


PRIMARY = {"_class": "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"}


def test_the_branches_of_a_multibranch_project_come_in_one_request(
    world: World, client: JenkinsClient
) -> None:
    url = "https://git.example.org/7"
    metadata = {"_class": "jenkins.scm.api.metadata.ObjectMetadataAction", "objectUrl": url}
    world.add_job("team/repo", "multibranch")
    world.add_job("team/repo/main", "pipeline", actions=[PRIMARY])
    world.add_job("team/repo/PR-7", "pipeline", actions=[metadata])
    world.add_job("team/repo/tickets%2FDM-1", "pipeline", disabled=True)
    assert client.branches("team/repo") == {
        "main": ListedBranch(primary=True),
        "PR-7": ListedBranch(url=url),
        "tickets%2FDM-1": ListedBranch(alive=False),
    }


def test_jobs_of_other_folders_are_no_branches(world: World, client: JenkinsClient) -> None:
    world.add_job("team/main", disabled=True)
    assert client.branches("team") == {}
    assert client.branches("team/main") == {}
    with pytest.raises(NotFound):
        client.branches("missing")


def test_the_primary_branch_is_found_in_recorded_answers() -> None:
    folder = Path(__file__).parents[1] / "data/jenkins/2.503"
    project, *jobs = (
        json.loads((folder / f"{name}.json").read_text())
        for name in ("job_multi", "branch_0", "branch_1", "branch_2")
    )
    found = read_branches({**project, "jobs": jobs})
    assert {name: each.primary for name, each in found.items()} == {
        "feature%2Fümlaut+x%231": False,
        "main": True,
        "tickets%2FDM-1234": False,
    }
    assert all(each.alive for each in found.values())
    odd = [
        {"name": "a", "actions": None},
        {"name": "b", "actions": [None, {"objectUrl": 7}]},
        {},
        7,
    ]
    assert read_branches({**project, "jobs": odd}) == {"a": ListedBranch(), "b": ListedBranch()}
