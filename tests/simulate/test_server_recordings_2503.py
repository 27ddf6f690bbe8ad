"""Compare the simulated Jenkins 2.503 with the recordings of a real one."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from squash_jenkins.simulate.answers.jobs import CLASSES
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.state import HIDDEN
from squash_jenkins.simulate.world import Kind, World
from tests.recordings import NEW, Recording, recorded_builds, recordings
from tests.simulate.conftest import new_world
from tests.simulate.mirror import compare, simulated_build

NOT_SIMULATED = {
    "artifact_odd_1": "all files of a build have one time here",
    "plugins": "a depth below the plugin manager is not simulated: two plugins stand for all",
    "testReport": "test reports are not simulated: nothing here reads them from Jenkins",
    "wfapi": "the stage view's API is not simulated",
    "whoami": "the properties of users depend on the plugins; nothing here reads them",
}
NOT_SIMULATED |= dict.fromkeys(
    ("branch_0", "branch_1", "branch_2"), "properties of branches are not simulated"
)
COMPARED = [name for name in recordings(NEW) if name not in NOT_SIMULATED]
KINDS: dict[str, Kind] = {name: kind for kind, name in CLASSES.items()}  # type: ignore[misc] # the keys are its words
ROOT = "http://127.0.0.1:18280/"


def name_of(url: str) -> str:
    """Return the full name of the job that a recorded URL leads to."""
    parts = [each for each in urlsplit(url).path.split("/") if each and each != "job"]
    return "/".join(unquote(each) for each in parts)


def mirrored() -> World:
    """Return a world that holds what the recorded Jenkins held."""
    world = new_world(NEW)
    world.root_url = ROOT
    told = recordings(NEW)
    jobs = [*told["root"].json["jobs"], *told["job_multi"].json["jobs"]]
    for each in jobs:
        world.add_job(name_of(each["url"]), KINDS[each["_class"]], concurrent=True)
    for each in told["root_tree"].json["jobs"]:
        for inner in each.get("jobs", []):
            world.add_job(name_of(inner["url"]), KINDS[inner["_class"]], concurrent=True)
    _describe_jobs(world, told)
    for name, recording in told.items():
        if name.startswith("tree_"):
            _listed_builds(world, recording)
    for _, answer in recorded_builds(NEW):
        _add(world, name_of(answer["url"]).rpartition("/")[0], answer)
    for job, first, result in (("many", 1, "SUCCESS"), ("race", 19, "FAILURE")):
        for number in range(first, told[f"job_{job}"].json["nextBuildNumber"]):
            if number not in world.jobs[job].builds:
                world.add_build(job, number=number, result=result)
    _archive(world, told)
    return world


def _describe_jobs(world: World, told: Any) -> None:
    for name in ("multi", "branch_0", "branch_1", "branch_2"):
        answer = told[name if name != "multi" else "job_multi"].json
        world.jobs[answer["fullName"]].description = answer["description"]
    definitions = told["job_param"].json["property"][0]["parameterDefinitions"]
    world.jobs["param"].parameters = {
        each["name"]: each["defaultParameterValue"].get("value", HIDDEN) for each in definitions
    }


def _listed_builds(world: World, recording: Recording) -> None:
    job = name_of(recording.path.partition("/api/")[0])
    for each in recording.json.get("allBuilds", []):
        _add(world, job, {"changeSets": [], **each})


def _add(world: World, job: str, answer: dict[str, Any]) -> None:
    build = simulated_build(answer)
    for run in answer.get("runs", []):
        name, _, number = name_of(run["url"]).rpartition("/")
        if name not in world.jobs:
            world.add_job(name, "configuration")
        world.add_build(name, number=int(number))
        build.runs.append((name, int(number)))
    world.add_build(job, build)
    for side in ("previousBuild", "nextBuild"):
        if answer.get(side) and answer[side]["number"] not in world.jobs[job].builds:
            world.add_build(job, number=answer[side]["number"])


def _archive(world: World, told: Any) -> None:
    """Give artifacts the recorded bytes and times."""
    for name, recording in told.items():
        if not name.startswith("artifact") or recording.status == 404:
            continue
        job, _, rest = recording.path.removeprefix("/job/").partition("/")
        number, _, path = rest.partition("/artifact/")
        build = world.jobs[unquote(job)].builds[int(number)]
        size = recording.response_headers.get("Content-Range", "").rpartition("/")[2]
        content = recording.body.ljust(int(size or 0), b" ")
        build.artifacts[unquote(path)] = content
        build.archived = parsedate_to_datetime(recording.response_headers["Last-Modified"])


@pytest.fixture(scope="module")
def jenkins() -> Iterator[SimulatedJenkins]:
    with SimulatedJenkins(mirrored()) as running:
        yield running


def asked(jenkins: SimulatedJenkins, recording: Recording) -> requests.Response:
    user = recording.user
    return requests.request(
        recording.method,
        jenkins.url.rstrip("/") + recording.path,
        headers={"Accept-Encoding": "identity", **recording.request_headers},
        data=recording.request_body,
        auth=None if user == "anonymous" else (user, f"token-{user}"),
        allow_redirects=False,
        timeout=10,
    )


@pytest.mark.parametrize("name", COMPARED)
def test_answer_is_like_the_recorded_one(name: str, jenkins: SimulatedJenkins) -> None:
    compare(asked(jenkins, recordings(NEW)[name]), recordings(NEW)[name])


def test_every_recording_is_compared_or_named_with_a_reason() -> None:
    assert set(NOT_SIMULATED) <= set(recordings(NEW))
    assert len(COMPARED) >= 57


@pytest.mark.parametrize(("version", "said"), [("2.263.4", "Please wait"), (NEW, "Starting")])
def test_facts_20_and_25_a_starting_jenkins(version: str, said: str) -> None:
    world = new_world(version)
    with SimulatedJenkins(world) as jenkins:
        world.restart(refused=0, starting=3600)
        answer = requests.get(f"{jenkins.url}/api/json", timeout=10)
    assert (answer.status_code, said in answer.text) == (503, True)
    assert not {"X-Jenkins", "Retry-After"} & answer.headers.keys()
