"""Make a simulated Jenkins whose builds are of every sort: good, bad, empty, matrix, running."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from squash_jenkins.simulate.documents.documents import Subject, validate_drp_document
from squash_jenkins.simulate.state import SimBuild, SimChange
from squash_jenkins.simulate.world import World

KEY = "11d5crash5token"
START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "data" / "formats"
VERIFY = (SAMPLES / "lsst.verify" / "levels.json").read_bytes()
MANIFEST = (SAMPLES / "lsstsw-manifest" / "manifest.txt").read_bytes()
REPOSITORIES = (SAMPLES / "lsstsw-repositories" / "repos.yaml").read_bytes()
MATRIX = ("cfht", "hsc")
RUNNING = 6
"""Number of the build of the job ``nightly`` that is still running."""
LATE = 4
"""From this build on a metric is measured that was not before, which makes a finding."""


def empty_world() -> World:
    """Return a world with a user and no jobs."""
    world = World()
    allowed = {"Overall/Read", "Job/Read", "Run/Update"}
    world.add_user("dev", token=KEY, permissions=allowed)
    return world


def new_world() -> World:
    """Return the world; the same each time."""
    world = empty_world()
    _add_mixed(world)
    _add_nightly(world)
    _add_matrix(world)
    return world


def add_many(world: World, job: str, count: int) -> None:
    """Add a job with builds that are small and all differ."""
    world.add_job(job)
    for number in range(1, count + 1):
        files = {"qa.json": _plain(number), "verify.json": VERIFY if number % 4 == 0 else b"{}"}
        _add(world, job, number, files)


def on_first_read(build: SimBuild, path: str, action: Callable[[], None]) -> None:
    """Do something at the moment that an artifact is asked for the first time."""
    content = build.artifacts[path]
    left = [action]

    def served() -> bytes:
        if left:
            left.pop()()
        return content if isinstance(content, bytes) else content()

    build.artifacts[path] = served


def start_running(world: World) -> None:
    """Let the running build of ``nightly`` be in its post-build steps, with a part of its files."""
    if "nightly" in world.jobs:
        world.delete_build("nightly", RUNNING)
        _add_running(world)


def finish_running(world: World) -> None:
    """Let it end, with all of its files; it lasts as long each time."""
    world.jobs["nightly"].builds[RUNNING].duration = 90.25
    world.finish_build("nightly", RUNNING, "UNSTABLE")


def descriptions(world: World) -> dict[str, str | None]:
    """Return the descriptions of all builds."""
    with world.lock:
        return {
            f"{job.name} #{build.number}": build.description
            for job in world.jobs.values()
            for build in job.builds.values()
        }


def restore_descriptions(world: World, known: Mapping[str, str | None]) -> None:
    """Set the descriptions of all builds."""
    with world.lock:
        for job in world.jobs.values():
            for build in job.builds.values():
                build.description = known.get(f"{job.name} #{build.number}")


def _plain(number: int, **more: Any) -> bytes:
    values = {
        "validate.PA1": {"value": 4 + number / 8, "unit": "mmag"},
        "speed": number,
        "depth": None,
        **({"late": 1.5} if number >= LATE else {}),
    }
    return json.dumps({**values, **more}).encode()


def _add(world: World, job: str, number: int, files: dict[str, Any], **fields: Any) -> None:
    settings: dict[str, Any] = {
        "started": START + timedelta(days=number, seconds=len(job)),
        "duration": 60 + number / 4,
        "node": "agent-1",
        "changes": [SimChange(f"{number}" * 40, "pipelines", f"Change {number}", 1772340000000)],
        **fields,
    }
    world.add_build(job, number=number, artifacts=files, **settings)


def _add_mixed(world: World) -> None:
    """Add the job with blobs, packages, bad files and builds without a report."""
    job = "stack/validate"
    world.add_job(job, parameters={"DATASET": "cfht"})
    subject = Subject(7, job, 2, stars=60, shuffles=2)
    drp = json.dumps(validate_drp_document(subject, {"AM1": 8.0, "AM2": 9.0, "PA1": 5.0})).encode()
    packages = {"manifest.txt": MANIFEST, "repos.yaml": REPOSITORIES}
    bad = {"bad.json": b'{"a": 1,,}', "cut.json": _plain(3)[:-9], "good.json": _plain(3)}
    _add(world, job, 1, {"out/verify.json": VERIFY, **packages}, parameters={"DATASET": "cfht"})
    _add(world, job, 2, {"drp.json": drp}, result="UNSTABLE")
    _add(world, job, 3, bad, result="FAILURE", description="looks odd\nask the team")
    _add(world, job, 4, {"run.log": b"no report in here"}, result="ABORTED")
    nan = b'{"a": NaN, "b": Infinity, "c": null, "d": 1.5}'
    _add(world, job, 5, {"nan.json": nan, "out/verify.json": VERIFY, "qa #1.json": _plain(5)})


def _add_nightly(world: World) -> None:
    world.add_job("nightly")
    for number in range(1, RUNNING):
        _add(world, "nightly", number, {"qa.json": _plain(number)})
    _add_running(world)


def _add_running(world: World) -> None:
    files = {"qa.json": _plain(60), "verify.json": VERIFY, "bad.json": b"{"}
    begun = {"building": True, "result": "SUCCESS", "artifacts_visible": 1, "finalized": False}
    _add(world, "nightly", RUNNING, files, **{**begun, "duration": 0.0, "queue_id": 99})


def _add_matrix(world: World) -> None:
    world.add_job("matrix", "matrix")
    for dataset in MATRIX:
        world.add_job(f"matrix/DATASET={dataset}", "configuration")
    for number in (1, 2):
        runs = [(f"matrix/DATASET={dataset}", number) for dataset in MATRIX]
        for name, _ in runs:
            _add(world, name, number, {"qa.json": _plain(number, extra=len(name))})
        _add(world, "matrix", number, {"overall.json": _plain(number)}, runs=runs)
