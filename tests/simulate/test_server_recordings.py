"""Compare the simulated Jenkins with what a real one answered, recording by recording."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import Kind, QueueItem, SimBuild, World
from tests.recordings import recordings
from tests.simulate.mirror import compare, shape, simulated_build

NAMES = list(recordings())

NOT_SIMULATED = {
    "console_progressive_html": "progressiveHtml is for browsers that poll; no client asks for it",
    "crumb_xpath_text": "XPath over the XML API: only crumbIssuer/api/json is simulated",
    "fingerprint": "hashes of files over jobs are not simulated; the field shows file names only",
    "python_api": "the Python form of the API is not simulated, the JSON form is",
    "rss_all": "feeds are not simulated",
    "testReport": "test reports are not simulated: nothing here reads them from Jenkins",
    "testReport_all_passed": "see testReport",
    "wfapi_artifacts": "the stage view's API is not simulated",
    "wfapi_describe": "see wfapi_artifacts",
    "wfapi_runs": "see wfapi_artifacts",
    "xml_api": "the XML form of the API is not simulated, the JSON form is",
}
COMPARED = [name for name in NAMES if name not in NOT_SIMULATED]

CREDENTIALS = {
    "auth_bad_token_401": ("admin", "wrong"),
    "auth_unknown_user_401": ("ghost", "token"),
    "pw_post_no_crumb": ("dev", "secret"),
}
"""Requests that were recorded as anonymous but carried credentials that are not in the index."""

JOBS: dict[str, Kind] = {
    **dict.fromkeys(("ci_block", "ci_cfht", "ci_conc", "ci_env", "ci_hook"), "freestyle"),
    **dict.fromkeys(("ci_hsc", "ci_kill", "ci_many", "ci_new", "ci_race"), "freestyle"),
    **dict.fromkeys(("ci_rotate", "folder/ci_decam"), "freestyle"),
    "folder/sub folder/spaces and é": "freestyle",
    "multi": "multibranch",
    **dict.fromkeys(("multi/feature%2Fab%23c", "multi/main"), "pipeline"),
    **dict.fromkeys(("multi/tickets%2FDM-1234", "pipe_qa", "pipe_resume"), "pipeline"),
    "validate_matrix": "matrix",
}
PERMALINKS = ("lastCompletedBuild", "lastFailedBuild", "lastUnsuccessfulBuild")
DETAILS = {
    "ci_cfht": [
        "build_1_success",
        "build_5_failure",
        "build_9_aborted",
        "build_12_no_artifact",
        "build_17_malformed_artifact",
        "build_19_unstable",
        "build_31_killed_by_shutdown",
        "rooturl_mismatch_build",
        "build_lastCompletedBuild",
        "build_lastSuccessfulBuild",
        "build_lastFailedBuild",
        "build_lastUnsuccessfulBuild",
        "build_lastUnstableBuild",
        "build_lastStableBuild",
        "build_lastBuild",
        "build_running",
    ],
    "ci_hsc": ["param_build", "param_build_weird"],
    "folder/ci_decam": ["folder_build"],
    "folder/sub folder/spaces and é": ["folder_spaces_build"],
    "validate_matrix/DATASET=cfht,PY=2": ["matrix_config_build"],
    "pipe_qa": ["pipeline_build_compile_error", "pipeline_build", "pipeline_build_failed"],
    "multi/feature%2Fab%23c": ["multibranch_build_0"],
    "multi/main": ["multibranch_build_1", "multibranch_build_with_changes"],
    "multi/tickets%2FDM-1234": ["multibranch_build_2"],
    "ci_new": ["job_renamed_new_name"],
    "ci_kill": ["build_killed_sigkill"],
    "pipe_resume": ["pipeline_resumed_after_sigkill"],
}
"""The recordings that tell how the builds of each job were."""


class Mirror:
    """Make a world that holds what the recorded Jenkins held."""

    def __init__(self, world: World) -> None:
        self.world = world

    def json(self, name: str) -> Any:
        return recordings()[name].json

    def make(self) -> World:
        world = self.world
        world.root_url = "http://127.0.0.1:8090/"
        for name, kind in JOBS.items():
            world.add_job(name, kind, concurrent=True)
        world.jobs["ci_hsc"].parameters = {"REV": "master", "DATASET": "hsc"}
        self.matrix()
        for job, names in DETAILS.items():
            for name in names:
                world.add_build(job, simulated_build(self.json(name)))
        self.remaining()
        self.contents()
        # The recorded permalinks had been left behind by a kill (fact 5).
        links = self.json("job_tree_permalinks")
        frozen = {name: links[name] and links[name]["number"] for name in PERMALINKS}
        world.freeze_permalinks("ci_cfht", frozen)
        return world

    def matrix(self) -> None:
        runs = []
        for data in ("cfht", "hsc"):
            for python in (2, 3):
                name = f"validate_matrix/DATASET={data},PY={python}"
                self.world.add_job(name, "configuration")
                runs.append((name, self.world.add_build(name, number=1).number))
        parent = simulated_build(self.json("matrix_build"))
        parent.runs = runs
        self.world.add_build("validate_matrix", parent)

    def remaining(self) -> None:
        """Add the builds of which only the job's list tells."""
        listed = [each["number"] for each in self.json("job")["builds"]]
        for number in sorted({*listed, 4, 20, 21, 32}):
            if number not in self.world.jobs["ci_cfht"].builds:
                self.world.add_build("ci_cfht", self.plain("build_1_success", number))
        del self.world.jobs["ci_cfht"].builds[34]
        for number in range(1, 131):
            self.world.add_build("ci_many", number=number, artifacts={"out/qa.json": b"{}"})
        for number in range(1, 10):
            self.world.add_build("ci_rotate", number=number, artifacts={"out/qa.json": b"{}"})
        self.world.rotate("ci_rotate", keep_artifacts=2, keep_builds=5)
        for job, number in (("ci_hsc", 3), ("pipe_qa", 2), ("pipe_qa", 5)):
            self.world.add_build(job, number=number)
        for number in (1, 2):
            self.world.add_build("ci_conc", number=number, artifacts={"out/qa.json": b"{}"})
        self.world.jobs["ci_kill"].next_number = 3

    def plain(self, like: str, number: int) -> SimBuild:
        build = simulated_build(self.json(like))
        build.number = number
        return build

    def contents(self) -> None:
        """Give artifacts the recorded bytes and times."""
        last = self.json("build_lastSuccessfulBuild")["number"]
        for name in ("json", "malformed", "nan", "empty", "space_hash", "lastSuccessful"):
            recorded = recordings()[f"artifact_{name}"]
            number = recorded.path.split("/")[3]
            path = "out/sub dir/run log #1.txt" if name == "space_hash" else "out/qa.json"
            build = self.world.jobs["ci_cfht"].builds[last if number[0] == "l" else int(number)]
            build.artifacts[path] = recorded.body
            build.started = parsedate_to_datetime(recorded.response_headers["Last-Modified"])
            build.duration = 0.5
        run = self.world.jobs["validate_matrix/DATASET=cfht,PY=2"].builds[1]
        recorded = recordings()["matrix_config_artifact"]
        run.artifacts["out/qa.json"] = recorded.body
        run.started = parsedate_to_datetime(recorded.response_headers["Last-Modified"])


def set_stage(world: World, name: str) -> None:
    """Bring the world into the state in which the recording `name` was made."""
    job = world.jobs
    if name.startswith("closed_"):
        world.anonymous = frozenset()
    if "disabled" in name:
        job["ci_many"].disabled = True
    if name == "root_quietdown":
        world.quieting_down = True
    if name.startswith("rooturl_mismatch"):
        world.root_url = "https://ci.example.test/jenkins/"
    if name.startswith("rooturl_unset"):
        world.root_url = None
    if name == "concurrent_out_of_order":
        first = job["ci_conc"].builds[1]
        first.building, first.result, first.artifacts_visible = True, None, 0
    if name == "job_after_deleting_newest_build":
        world.delete_build("ci_conc", 2)
    if name in ("root", "job", "job_with_running_build", "build_running"):
        world.start_build("ci_cfht", number=34)
    if name == "multibranch_build_1":
        world.delete_build("multi/main", 2)
    if "root" in name:
        match_root(world, name)
    if "queue" in name:
        fill_queue(world, name)


def match_root(world: World, name: str) -> None:
    """Leave the kinds of jobs that the root had by then: multibranch jobs came late."""
    if name != "root":
        for job in [each for each in world.jobs if each.startswith("multi")]:
            del world.jobs[job]


def fill_queue(world: World, name: str) -> None:
    parameters = {"REV": "q1", "DATASET": "hsc"}
    now = datetime.now(UTC)
    if name == "queue_item_left" or name == "queue_item_just_after":
        item = QueueItem(183, "ci_hsc", "dev", now, parameters, "left")
        item.number = 3 if name == "queue_item_left" else None
        world.queue[183] = item
    if name in ("queue_item_waiting", "queue_nonempty"):
        world.queue[184] = QueueItem(184, "ci_hsc", "dev", now, parameters)
    states = {"queue_item_cancelled": "cancelled"}
    world.queue[201] = QueueItem(201, "ci_block", "dev", now, {}, states.get(name, "blocked"))  # type: ignore[arg-type] # a word of its Literal
    world.queue[202] = QueueItem(202, "ci_many", "dev", now, {}, "buildable")
    if name in ("queue_empty", "rooturl_mismatch_queue", "queue_nonempty"):
        del world.queue[201], world.queue[202]


@pytest.fixture(scope="module")
def server(make_world: Callable[[], World]) -> Iterator[SimulatedJenkins]:
    with SimulatedJenkins(make_world()) as running:
        yield running


@pytest.fixture
def ask(
    server: SimulatedJenkins,
    make_world: Callable[[], World],
) -> Callable[[str], requests.Response]:
    def asked(name: str) -> requests.Response:
        server.world = Mirror(make_world()).make()
        set_stage(server.world, name)
        recorded = recordings()[name]
        user = recorded.user
        signed = CREDENTIALS.get(name) or (None if user == "anonymous" else (user, f"token-{user}"))
        return requests.request(
            recorded.method,
            server.url + recorded.path,
            headers={"Accept-Encoding": "identity", **recorded.request_headers},
            data=recorded.request_body,
            auth=signed,
            allow_redirects=False,
            timeout=10,
        )

    return asked


def test_every_recording_is_compared_or_named_with_a_reason() -> None:
    assert set(NOT_SIMULATED) <= set(NAMES)
    assert all(NOT_SIMULATED.values())
    assert len(NAMES) > 180


@pytest.mark.parametrize("name", COMPARED)
def test_answer_is_like_the_recorded_one(
    name: str, ask: Callable[[str], requests.Response]
) -> None:
    compare(ask(name), recordings()[name])


def test_a_missing_field_or_a_wrong_type_is_noticed() -> None:
    said = {"a": [{"_class": "x", "n": 1}, {"_class": "y"}], "b": None}
    assert shape(said) == shape({"a": [{"_class": "y"}, {"_class": "x", "n": 2}], "b": None})
    assert shape(said) != shape({"a": [{"_class": "x", "n": 1}], "b": None})
    assert shape(said) != shape({"a": [{"_class": "x", "n": "1"}, {"_class": "y"}], "b": None})
    assert shape(said) != shape({"a": [{"_class": "x", "n": 1}, {"_class": "y"}], "b": "text"})
