"""Facts 1 to 8: the life of builds and jobs, and what the answers show of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

FIELDS = "building,result,duration,artifacts[relativePath],executor,estimatedDuration"


@pytest.fixture
def get(jenkins: SimulatedJenkins) -> Any:
    def asked(path: str) -> Any:
        answer = requests.get(f"{jenkins.url}/job/{path}", timeout=10)
        return answer.json() if answer.ok else answer.status_code

    return asked


def test_fact_1_running_build_shows_no_result(world: World, get: Any) -> None:
    world.start_build("ci", artifacts={"out/qa.json": b"{}"})
    said = get(f"ci/1/api/json?tree={FIELDS}")
    del said["_class"]
    assert said == {
        "building": True,
        "result": None,
        "duration": 0,
        "artifacts": [],
        "executor": {},
        "estimatedDuration": -1,
    }
    assert get("ci/api/json")["color"] == "notbuilt_anime"
    world.finish_build("ci", 1)
    assert get("ci/1/api/json")["executor"] is None
    assert get("ci/1/api/json")["estimatedDuration"] > 0


def test_fact_2_post_build_step_shows_a_result_while_building(world: World, get: Any) -> None:
    world.start_build("ci", artifacts={f"out/{n:03}.json": b"{}" for n in range(402)})
    for visible in (0, 25, 195, 402):
        world.post_build_step("ci", 1, "SUCCESS", visible)
        said = get(f"ci/1/api/json?tree={FIELDS}")
        assert (said["building"], said["result"], said["duration"]) == (True, "SUCCESS", 0)
        assert len(said["artifacts"]) == visible
        assert get("ci/1/artifact/out/401.json") == (404 if visible < 402 else {})
    assert get("ci/api/json")["lastCompletedBuild"] is None
    world.finish_build("ci", 1)
    assert get("ci/1/api/json")["building"] is False


def test_fact_3_pipeline_shows_artifacts_while_building(world: World, get: Any) -> None:
    world.add_job("pipe", "pipeline")
    world.start_build("pipe", artifacts={"qa.json": b"{}", "post.json": b"{}"})
    world.post_build_step("pipe", 1, "FAILURE", 1)
    said = get("pipe/1/api/json")
    assert (said["building"], said["result"]) == (True, "FAILURE")
    assert [each["relativePath"] for each in said["artifacts"]] == ["qa.json"]


def test_fact_4_permalink_moves_when_finalized(world: World, get: Any) -> None:
    world.start_build("ci")
    world.finish_build("ci", 1, finalize=False)
    assert get("ci/1/api/json")["building"] is False
    assert get("ci/api/json")["lastCompletedBuild"] is None
    assert get("ci/lastCompletedBuild/api/json") == 404
    world.finalize_build("ci", 1)
    assert get("ci/lastCompletedBuild/api/json")["number"] == 1


def test_fact_5_frozen_permalinks_stay_wrong(world: World, get: Any) -> None:
    for result in ("SUCCESS", "FAILURE", "SUCCESS"):
        world.add_build("ci", result=result)
    world.freeze_permalinks("ci", {"lastCompletedBuild": 1, "lastFailedBuild": None})
    said = get("ci/api/json")
    assert said["lastCompletedBuild"]["number"] == 1
    assert said["lastFailedBuild"] is None
    assert said["lastBuild"]["number"] == 3
    assert [each["number"] for each in said["builds"]] == [3, 2, 1]
    assert get("ci/lastCompletedBuild/api/json")["number"] == 1
    assert get("ci/lastFailedBuild/api/json") == 404


def test_permalinks_go_by_result(world: World, get: Any) -> None:
    for result in ("SUCCESS", "UNSTABLE", "FAILURE", "ABORTED"):
        world.add_build("ci", result=result)
    said = {name: found for name, found in get("ci/api/json").items() if name.startswith("last")}
    assert {name: found["number"] for name, found in said.items()} == {
        "lastBuild": 4,
        "lastCompletedBuild": 4,
        "lastFailedBuild": 3,
        "lastStableBuild": 1,
        "lastSuccessfulBuild": 2,
        "lastUnstableBuild": 2,
        "lastUnsuccessfulBuild": 4,
    }


def test_fact_6_builds_complete_out_of_order(world: World, get: Any) -> None:
    world.start_build("ci")
    world.start_build("ci")
    world.finish_build("ci", 2)
    said = get("ci/api/json?tree=lastCompletedBuild[number],builds[number,building]")
    assert said["lastCompletedBuild"]["number"] == 2
    assert [(each["number"], each["building"]) for each in said["builds"]] == [
        (2, False),
        (1, True),
    ]


@pytest.mark.parametrize("running", ["vanish", "fail", "fail_unsaved"])
def test_fact_7_killed_builds(world: World, get: Any, running: Any) -> None:
    world.add_job("pipe", "pipeline")
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    world.start_build("ci", artifacts={"qa.json": b"{}"}, started=earlier)
    world.start_build("pipe")
    world.restart(refused=0, starting=0, running=running)
    if running == "vanish":
        assert get("ci/1/api/json") == 404
    else:
        said = get("ci/1/api/json")
        assert (said["building"], said["result"], said["artifacts"]) == (False, "FAILURE", [])
        assert (said["duration"] == 0) == (running == "fail_unsaved")
    assert get("ci/api/json")["nextBuildNumber"] == 2
    assert world.start_build("ci").number == 2
    assert get("pipe/1/api/json")["building"] is True
    world.finish_build("pipe", 1)
    assert get("pipe/1/api/json")["result"] == "SUCCESS"


def test_fact_8_deletion_moves_last_build_backwards(world: World, get: Any) -> None:
    world.add_build("ci")
    world.add_build("ci")
    world.delete_build("ci", 2)
    said = get("ci/api/json")
    assert (said["lastBuild"]["number"], said["nextBuildNumber"]) == (1, 3)
    assert get("ci/2/api/json") == 404


def test_fact_8_recreated_job_restarts_at_1(world: World, get: Any) -> None:
    world.add_build("ci")
    world.add_build("ci")
    before = get("ci/1/api/json")["timestamp"]
    world.recreate_job("ci")
    assert get("ci/api/json")["builds"] == []
    assert world.add_build("ci").number == 1
    assert get("ci/1/api/json")["timestamp"] > before


def test_fact_8_old_name_of_a_renamed_job_is_gone(world: World, get: Any) -> None:
    world.add_build("ci")
    world.rename_job("ci", "new name")
    assert get("ci/1/api/json") == 404
    assert get("new%20name/1/api/json")["fullDisplayName"] == "new name #1"


def test_fact_8_rotation_leaves_builds_without_artifacts(world: World, get: Any) -> None:
    for _ in range(9):
        world.add_build("ci", artifacts={"out/qa.json": b"{}"})
    world.rotate("ci", keep_artifacts=2, keep_builds=5)
    said = get("ci/api/json?tree=allBuilds[number,artifacts[relativePath]]")["allBuilds"]
    assert [(each["number"], len(each["artifacts"])) for each in said] == [
        (9, 1),
        (8, 1),
        (7, 0),
        (6, 0),
        (5, 0),
    ]
    assert get("ci/6/artifact/out/qa.json") == 404
    assert get("ci/2/api/json") == 404


def test_fact_11_kinds_of_jobs_differ(world: World, get: Any) -> None:
    world.add_job("pipe", "pipeline")
    world.add_job("matrix/A=x,B=1", "configuration")
    for job in ("ci", "pipe", "pipe", "matrix/A=x,B=1"):
        world.add_build(job, artifacts={"qa.json": b"{}"})
    world.add_build("matrix", number=4, runs=[("matrix/A=x,B=1", 1)], artifacts={"x": b""})
    assert {"changeSet", "builtOn"} <= set(get("ci/1/api/json"))
    pipeline = get("pipe/2/api/json")
    assert pipeline["previousBuild"]["number"] == 1
    assert pipeline["nextBuild"] is None
    assert "builtOn" not in pipeline
    parent = get("matrix/4/api/json")
    assert parent["artifacts"] == []
    assert [each["number"] for each in parent["runs"]] == [1]
    run = requests.get(f"{parent['runs'][0]['url']}api/json", timeout=10).json()
    assert run["fullDisplayName"] == "matrix » x,1 #1"
    assert len(run["artifacts"]) == 1
    assert "fingerprint" not in run


def test_fact_12_names_are_quoted_once_more_in_urls(world: World, get: Any) -> None:
    world.add_job("multi", "multibranch")
    world.add_job("multi/tickets%2FDM-1234", "pipeline")
    world.add_build("multi/tickets%2FDM-1234")
    (branch,) = get("multi/api/json")["jobs"]
    assert branch["name"] == "tickets%2FDM-1234"
    assert branch["url"].endswith("/job/multi/job/tickets%252FDM-1234/")
    said = requests.get(f"{branch['url']}1/api/json", timeout=10).json()
    assert said["fullDisplayName"] == "multi » tickets/DM-1234 #1"
    world.add_job("m/DATASET=cfht,PY=2", "configuration")
    world.add_build("m/DATASET=cfht,PY=2")
    assert get("m/DATASET=cfht,PY=2/1/api/json")["number"] == 1
    assert get("m/DATASET%3Dcfht%2CPY%3D2/1/api/json")["number"] == 1
    assert get("m/job/DATASET=cfht,PY=2/1/api/json") == 404


@pytest.mark.parametrize("root_url", ["https://ci.example.test/jenkins/", None])
def test_fact_13_urls_use_the_configured_root(
    world: World, jenkins: SimulatedJenkins, get: Any, root_url: str | None
) -> None:
    world.root_url = root_url
    world.add_build("ci")
    expected = root_url or f"{jenkins.url}/"
    assert get("ci/1/api/json")["url"] == f"{expected}job/ci/1/"
    assert requests.get(f"{jenkins.url}/api/json", timeout=10).json()["url"] == root_url
    moved = requests.get(f"{jenkins.url}/job/ci/1", allow_redirects=False, timeout=10)
    assert moved.headers["Location"] == f"{jenkins.url}/job/ci/1/"


def test_served_below_a_prefix(world: World, jenkins: SimulatedJenkins, get: Any) -> None:
    world.prefix = "/jenkins"
    world.add_build("ci")
    assert get("ci/1/api/json")["url"] == f"{jenkins.url}/job/ci/1/"
    bare = jenkins.url.removesuffix("/jenkins")
    assert requests.get(f"{bare}/job/ci/1/api/json", timeout=10).status_code == 404
