import gzip
import json
import lzma
import math
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
import requests

from squash_jenkins.simulate.history.scene import (
    SERVICE_USER,
    DemoWorld,
    demo_world,
    end_build,
    next_build,
    show_artifacts,
)
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.state import SimBuild

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
JOBS = ("ci_cfht", "sqre/validate_drp", "validate_matrix", "shop/load_test", "shop/benchmark")
LEAVES = ("validate_matrix/DATASET=cfht", "validate_matrix/DATASET=decam")
UNPACK = {"json": bytes, "gz": gzip.decompress, "xz": lzma.decompress}


@pytest.fixture(scope="module")
def demo() -> DemoWorld:
    return demo_world(seed=1, builds=200, now=NOW)


def content(build: SimBuild, path: str) -> bytes:
    made = build.artifacts[path]
    return made() if callable(made) else made


def document(build: SimBuild, path: str) -> Any:
    return json.loads(UNPACK[path.rpartition(".")[2]](content(build, path)))


def test_there_are_five_jobs_with_months_of_builds(demo: DemoWorld) -> None:
    kinds = {name: job.kind for name, job in demo.jobs.items()}
    assert [kinds[name] for name in JOBS] == [
        *("freestyle", "pipeline", "matrix", "freestyle", "freestyle")
    ]
    assert [kinds[name] for name in ("sqre", "shop")] == ["folder", "folder"]
    assert [len(demo.jobs[name].builds) for name in JOBS] == [200, 200, 66, 200, 200]
    for name in (*JOBS, *LEAVES):
        started = [build.started for _, build in sorted(demo.jobs[name].builds.items())]
        assert started == sorted(started)
        assert timedelta(days=110) < started[-1] - started[0]
        assert timedelta(0) < NOW - started[-1] < timedelta(hours=4)


def test_all_that_a_build_can_be_is_there(demo: DemoWorld) -> None:
    builds = [build for name in JOBS for build in demo.jobs[name].builds.values()]
    assert {build.result for build in builds} == {"SUCCESS", "FAILURE", "ABORTED", "UNSTABLE"}
    for build in builds:
        if build.result in ("FAILURE", "ABORTED"):
            assert not build.artifacts
    classes = {cause["_class"].split("$")[-1] for build in builds for cause in build.causes}
    assert classes == {"TimerTriggerCause", "UpstreamCause", "UserIdCause"}
    assert any(build.changes for build in builds)
    for name in JOBS:
        job = demo.jobs[name]
        assert set(range(1, job.next_number)) - set(job.builds)
    assert {build.node for build in demo.jobs["ci_cfht"].builds.values()} == {
        "agent-1",
        "agent-2",
        "agent-3",
    }


def test_every_artifact_of_a_build_can_be_made(demo: DemoWorld) -> None:
    paths = set()
    for name in (*JOBS[:2], *JOBS[3:], *LEAVES):
        build = valued(demo, name)[-1]
        for path in build.artifacts:
            paths.add(path)
            assert content(build, path) == content(build, path)
            if ".json" in path:
                assert document(build, path)
    assert paths == {
        "archive/cfht/Cfht_output_r.json",
        "archive/cfht/processCcd.log",
        "lsstsw/build/manifest.txt",
        "lsstsw/etc/repos.yaml",
        "hsc_cosmos/run/Hsc_output_HSC-R.json.gz",
        "hsc_cosmos/run/Hsc_output_HSC-I.json.gz",
        "cfht/run/Cfht_output_r.json.xz",
        "decam/run/Decam_output_z.json.xz",
        "results/benchmark.json",
        "results/latency.json",
        "results/resources.json.gz",
    }


def valued(demo: DemoWorld, name: str) -> list[SimBuild]:
    builds = demo.jobs[name].builds
    return [builds[number] for number in sorted(builds) if builds[number].artifacts]


def test_a_document_says_which_build_it_comes_from(demo: DemoWorld) -> None:
    build = valued(demo, "sqre/validate_drp")[-1]
    meta = document(build, "hsc_cosmos/run/Hsc_output_HSC-I.json.gz")["meta"]
    assert (meta["instrument"], meta["filter_name"]) == ("HSC", "HSC-I")
    env = meta["env"]
    assert (env["ci_id"], env["ci_name"]) == (str(build.number), "sqre/validate_drp")
    assert env["ci_dataset"] == "hsc_cosmos"
    assert env["ci_url"] == f"https://ci.example.org/job/sqre/job/validate_drp/{build.number}/"
    assert datetime.fromisoformat(env["date"]) == build.started
    decam = document(valued(demo, LEAVES[1])[-1], "decam/run/Decam_output_z.json.xz")
    named = {each["metric"] for each in decam["measurements"]}
    assert "validate_drp.PA2_design_uzy" in named


def test_the_change_behind_a_step_is_in_its_build(demo: DemoWorld) -> None:
    steps = [each for each in demo.planted if each.kind == "step"]
    assert {each.job for each in steps} == {
        "ci_cfht",
        "sqre/validate_drp",
        "shop/load_test",
        "shop/benchmark",
        *LEAVES,
    }
    assert not demo.histories["shop/storefront/PR-12"].planted  # its commit came before its builds
    for step in steps:
        builds = demo.jobs[step.job].builds
        before = max(n for n in builds if n < step.first and builds[n].artifacts)
        between = [builds[n] for n in builds if before < n <= step.first]
        commits = {change.commit for build in between for change in build.changes}
        assert step.revision in commits


def test_a_planted_step_shows_in_the_documents(demo: DemoWorld) -> None:
    path = "archive/cfht/Cfht_output_r.json"
    step = next(each for each in demo.planted if each.job == "ci_cfht" and "AM1" in each.metrics)
    near = [build for build in valued(demo, "ci_cfht") if abs(build.number - step.first) < 12]
    found = {build.number: am1(document(build, path)) for build in near}
    early = median(value for number, value in found.items() if number < step.first)
    late = median(value for number, value in found.items() if number >= step.first)
    assert late / early == pytest.approx(step.factor, rel=0.05)
    first = next(build for build in near if build.number == step.first)
    manifest = content(first, "lsstsw/build/manifest.txt").decode()
    (line,) = [each for each in manifest.splitlines() if each.startswith(f"{step.package} ")]
    before = content(near[0], "lsstsw/build/manifest.txt").decode()
    assert line not in before.splitlines()


def am1(found: dict[str, Any]) -> float:
    (value,) = [m["value"] for m in found["measurements"] if m["metric"]["name"] == "AM1"]
    return float(value)


def test_packages_of_one_stack_are_the_same_in_two_jobs(demo: DemoWorld) -> None:
    history = [demo.histories[name] for name in ("ci_cfht", "sqre/validate_drp")]
    assert history[0].stack is history[1].stack
    packages = [each.stack.packages(each.builds[-1].position) for each in history]
    assert len(packages[0]) == len(packages[1]) == 38


def test_same_seed_same_world() -> None:
    worlds = [demo_world(seed=4, builds=12, now=NOW) for _ in range(2)]
    for name in ("ci_cfht", *LEAVES):
        pairs = list(zip(*(valued(world, name) for world in worlds), strict=True))
        assert pairs
        for one, other in pairs:
            assert (one.number, one.result, one.started) == (
                other.number,
                other.result,
                other.started,
            )
            assert all(content(one, path) == content(other, path) for path in one.artifacts)
    other = demo_world(seed=5, builds=12, now=NOW)
    assert other.planted != worlds[0].planted


@pytest.mark.parametrize("job", JOBS)
def test_a_new_build_runs_archives_and_ends(job: str) -> None:
    world = demo_world(seed=1, builds=10, now=NOW)
    last = max(world.jobs[job].builds)
    build = next_build(world, job, NOW)
    members = [name for name, _ in build.runs] or [job]
    leaves = [world.jobs[name].builds[build.number] for name in members]
    assert build.number == last + 1
    for each in (build, *leaves):
        assert (each.building, each.result, each.visible_artifacts()) == (True, None, [])
    show_artifacts(world, job, build.number)
    assert build.building and build.result is not None
    for leaf in leaves:
        assert leaf.visible_artifacts() == list(leaf.artifacts)
    later = NOW + timedelta(seconds=3)
    ended = end_build(world, job, build.number, later)
    assert ended is build and not build.building and build.finalized
    assert build.started + timedelta(seconds=build.duration) == later
    for leaf in leaves:
        assert not leaf.building and leaf.result in ("SUCCESS", "UNSTABLE", "FAILURE", "ABORTED")
        assert bool(leaf.artifacts) == (leaf.result in ("SUCCESS", "UNSTABLE"))


def test_new_builds_come_in_order_and_bring_a_regression() -> None:
    world = demo_world(seed=1, builds=40, now=NOW)
    known = [each.first for each in world.planted if each.job == "ci_cfht"]
    started = [build.started for _, build in sorted(world.jobs["ci_cfht"].builds.items())]
    for second in range(12):
        build = next_build(world, "ci_cfht", NOW + timedelta(seconds=5 * second))
        end_build(world, "ci_cfht", build.number, NOW + timedelta(seconds=5 * second + 4))
        assert build.started > started[-1]
        for change in build.changes:
            assert change.timestamp / 1000 < build.started.timestamp()
        started.append(build.started)
    new = [each for each in world.planted if each.job == "ci_cfht" and each.first not in known]
    assert [(each.package, each.metrics) for each in new] == [("jointcal", ("AM1", "AM2"))]


def test_a_matrix_build_has_the_result_of_its_worst_configuration(demo: DemoWorld) -> None:
    order = ["SUCCESS", "UNSTABLE", "FAILURE", "ABORTED"]
    builds = demo.jobs["validate_matrix"].builds
    assert builds
    for number, build in builds.items():
        runs = [demo.jobs[name].builds[n] for name, n in build.runs]
        assert [n for _, n in build.runs] == [number, number]
        assert build.result == max((str(run.result) for run in runs), key=order.index)
        assert not build.artifacts


def test_the_simulated_jenkins_serves_the_documents() -> None:
    world = demo_world(seed=1, builds=10, now=NOW)
    token = world.users[SERVICE_USER].token
    build = valued(world, "sqre/validate_drp")[-1]
    with SimulatedJenkins(world) as jenkins:
        url = f"{jenkins.url.rstrip('/')}/job/sqre/job/validate_drp/{build.number}/"
        told = requests.get(f"{url}api/json", auth=(SERVICE_USER, token), timeout=10).json()
        paths = [each["relativePath"] for each in told["artifacts"]]
        assert sorted(paths) == sorted(build.artifacts)
        answer = requests.get(f"{url}artifact/{paths[0]}", timeout=10)
    served = json.loads(gzip.decompress(answer.content))
    values = [each["value"] for each in served["measurements"]]
    assert len(values) == 30
    assert sum(math.isnan(value) for value in values) == 7


def test_one_of_the_two_machines_of_the_benchmark_is_slower(demo: DemoWorld) -> None:
    job = "shop/benchmark"
    steps = [each for each in demo.planted if each.job == job and each.kind == "step"]
    [step] = steps
    assert step.factor == 1.10
    before: dict[str, list[float]] = {}
    for build in valued(demo, job):
        if build.number < step.first:
            value = document(build, "results/benchmark.json")["render_time"]["value"]
            before.setdefault(build.node, []).append(value)
    usual = {node: sorted(values)[len(values) // 2] for node, values in before.items()}
    assert usual["agent-7"] / usual["agent-2"] == pytest.approx(1.35, rel=0.02)


def test_the_pull_request_is_slower_than_its_target(demo: DemoWorld) -> None:
    def value(build: SimBuild, metric: str) -> float:
        return float(document(build, "results/benchmark.json")[metric]["value"])

    assert demo.jobs["shop/storefront"].kind == "multibranch"
    main, pull = (valued(demo, f"shop/storefront/{name}") for name in ("main", "PR-12"))
    assert (len(demo.jobs["shop/storefront/main"].builds), len(pull)) == (100, 3)
    for metric, factor in (("first_paint", 1.17), ("interaction", 0.9), ("image_size", 1.0)):
        usual = sum(value(build, metric) for build in main) / len(main)
        assert value(pull[-1], metric) / usual == pytest.approx(factor, abs=0.05)
    [action] = demo.jobs["shop/storefront/main"].actions
    assert action["_class"].endswith("PrimaryInstanceMetadataAction")
    assert demo.jobs["shop/storefront/PR-12"].actions == []
