"""Read every build that was recorded from a real Jenkins, and some that a broken one might give."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.errors import UnexpectedAnswer
from squash_jenkins.jenkins.answers import BUILD_TREE, read_build
from squash_jenkins.models import Artifact, Branch, Build, BuildId, Cause
from tests.recordings import DATA, NEW, OLD, recorded_builds, recordings

MINIMAL: dict[str, Any] = {"number": 1, "timestamp": 1795352349839, "building": False}


def recorded(name: str, job: str = "job") -> Build:
    answer = recordings()[name].json
    return read_build(BuildId("lab", job, answer["number"]), answer)


def made(**fields: Any) -> Build:
    return read_build(BuildId("lab", "job", 1), {**MINIMAL, **fields})


@pytest.mark.parametrize("version", [OLD, NEW])
def test_every_recorded_build_is_read(version: str) -> None:
    read = 0
    for _, answer in recorded_builds(version):
        build = read_build(BuildId("lab", "job", answer["number"]), answer)
        assert build.started.year == 2026
        assert build.started.utcoffset() is not None
        assert build.provisional is answer["building"]
        assert len(build.artifacts) == len(answer["artifacts"])
        assert build.result == answer["result"]
        read += 1
    assert read >= (30 if version == OLD else 12)


def test_every_build_of_recorded_lists_is_read() -> None:
    answer = recordings()["job_builds_tree_0_10"].json
    builds = [read_build(BuildId("lab", "ci", each["number"]), each) for each in answer["builds"]]
    assert len(builds) == 10
    assert [build.id.number for build in builds] == sorted(
        (build.id.number for build in builds), reverse=True
    )


def test_a_finished_build() -> None:
    build = recorded("build_1_success", "ci_cfht")
    assert build.id == BuildId("lab", "ci_cfht", 1)
    assert build.started == datetime(2026, 11, 22, 12, 59, 9, 839000, UTC)
    assert build.duration == 0.667
    assert build.result == "SUCCESS"
    assert not build.provisional
    assert build.node is None
    assert build.description is None
    assert build.display_name == "#1"
    assert build.causes == [Cause("Started by user admin", user="admin")]
    assert build.artifacts == [Artifact("out/qa.json"), Artifact("out/sub dir/run log #1.txt")]
    assert build.extra == {
        "queueId": 1,
        "keepLog": False,
        "fullDisplayName": "ci_cfht #1",
        "class": "hudson.model.FreeStyleBuild",
    }


@pytest.mark.parametrize("name", ["build_5_failure", "build_9_aborted", "build_19_unstable"])
def test_results_are_jenkins_words(name: str) -> None:
    assert (recorded(name).result or "").lower() == name.rpartition("_")[2]


def test_fact_1_a_running_build_has_neither_result_nor_duration() -> None:
    build = recorded("build_running")
    assert build.provisional
    assert build.result is None
    assert build.duration is None
    assert build.artifacts == []
    assert "estimatedDuration" not in made(estimatedDuration=4711).extra


def test_fact_2_a_result_is_provisional_while_building() -> None:
    build = made(building=True, result="SUCCESS", duration=0)
    assert build.provisional
    assert build.result == "SUCCESS"
    assert build.duration is None


def test_fact_2_every_step_of_the_recorded_life_is_provisional_until_the_last() -> None:
    timeline = json.loads((DATA / "jenkins" / OLD / "race_freestyle_timeline.json").read_text())
    states = [state for _, what, state in timeline if what == "lastBuild" and state != 404]
    assert any(building and result for _, building, result, *_ in states)
    for number, building, result, duration, *_ in states:
        build = made(number=number, building=building, result=result, duration=duration)
        assert build.provisional is building
        assert (build.duration is None) is building


def test_fact_7_the_duration_of_a_killed_build_is_not_known() -> None:
    build = recorded("build_killed_sigkill")
    assert (build.result, build.duration, build.provisional) == ("FAILURE", None, False)
    assert build.description == "set before kill -9"


def test_fact_8_rotation_leaves_a_build_without_artifacts() -> None:
    assert recorded("rotate_build_artifacts_gone").artifacts == []


def test_parameters_keep_their_values() -> None:
    assert recorded("param_build").parameters == {
        "REV": "tickets/DM-1234",
        "DATASET": "hsc",
    }
    assert recorded("param_build_weird").parameters["REV"] == "a b&c=d <é>"


def test_passwords_and_files_have_no_value() -> None:
    parameters = [
        {"_class": "hudson.model.PasswordParameterValue", "name": "DB", "value": "hush"},
        {"_class": "hudson.model.FileParameterValue", "name": "input"},
        {"_class": "hudson.model.BooleanParameterValue", "name": "fast", "value": False},
    ]
    build = made(actions=[{}, {"parameters": parameters}, {}])
    assert build.parameters == {"DB": None, "input": None, "fast": False}
    assert "hush" not in repr(build)


def test_fact_11_a_matrix_build_names_its_runs() -> None:
    build = recorded("matrix_build", "folder/validate_matrix")
    assert build.artifacts == []
    assert [str(run) for run in build.runs] == [
        f"folder/validate_matrix/DATASET={dataset},PY={python} #1"
        for dataset in ("cfht", "hsc")
        for python in (2, 3)
    ]
    upstream = recorded("matrix_config_build").causes[0]
    assert (upstream.upstream_job, upstream.upstream_build) == ("validate_matrix", 1)


def test_fact_11_a_reused_run_belongs_to_the_build_it_came_from() -> None:
    runs = [
        {"number": 1, "url": "http://elsewhere/x/job/m/A=1/1/"},
        {"number": 9, "url": "http://elsewhere/x/job/m/A=2/9/"},
    ]
    assert made(runs=runs).runs == [BuildId("lab", "job/A=1", 1)]


def test_fact_11_pipelines_have_several_change_sets() -> None:
    build = recorded("multibranch_build_with_changes")
    (change,) = build.changes
    assert change.revision == "9a0dab74e4bb7bad97b2bc46f2659701945edcae"
    assert change.author == "a"
    assert change.message == "third: fix <x> & é\n\nbody line"
    assert change.committed == datetime(2026, 11, 22, 13, 11, 57, tzinfo=UTC)
    assert change.paths == ["g"]
    assert build.node is None
    assert build.extra["revisions"] == [
        {"revision": change.revision, "branches": ["main"], "urls": ["/srv/git/qa.git"]}
    ]


def test_fact_11_freestyle_builds_have_one_change_set_of_any_kind() -> None:
    items = [
        {"revision": 66, "user": "svn user", "msg": "m", "paths": [{"file": "/branches/x"}]},
        {"commitId": "abc", "author": {"fullName": "é"}, "timestamp": -1},
    ]
    changes = made(changeSet={"kind": "svn", "items": items}).changes
    assert [(each.revision, each.author, each.message) for each in changes] == [
        ("66", "svn user", "m"),
        ("abc", "é", ""),
    ]
    assert changes[0].paths == ["/branches/x"]
    assert changes[1].committed is None


def test_fact_10_empty_actions_and_missing_fields_do_no_harm() -> None:
    build = read_build(BuildId("lab", "job", 1), MINIMAL)
    assert (build.artifacts, build.runs, build.changes, build.causes) == ([], [], [], [])
    assert recorded("build_tree_ingest").causes[0].user == "admin"


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": None, "artifacts": None, "changeSet": None, "changeSets": None, "runs": None},
        {"actions": [None, 1, []], "artifacts": [{}, 3, {"relativePath": None}]},
        {"changeSet": [], "changeSets": {}, "runs": [{}], "builtOn": 5, "result": 7},
        {"actions": [{"lastBuiltRevision": None}, {"causes": [{}]}, {"parameters": [{}]}]},
    ],
)
def test_odd_types_are_left_out(fields: dict[str, Any]) -> None:
    build = made(**fields)
    assert build.artifacts == []
    assert build.parameters == {}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {**MINIMAL, "number": 2},
        {**MINIMAL, "timestamp": None},
        {**MINIMAL, "timestamp": True},
        {**MINIMAL, "timestamp": "1795352349839"},
        {**MINIMAL, "timestamp": float("nan")},
        {**MINIMAL, "timestamp": 1e300},
    ],
)
def test_an_answer_that_is_no_such_build_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer, match="job #1"):
        read_build(BuildId("lab", "job", 1), answer)


def test_the_tree_asks_for_all_that_is_read() -> None:
    tree = BUILD_TREE
    assert tree.count("[") == tree.count("]")
    for field in ("building", "builtOn", "changeSets", "runs", "relativePath", "upstreamBuild"):
        assert field in tree


def test_builds_of_multibranch_projects_are_recognised() -> None:
    assert recorded("multibranch_build_0").branch == Branch()
    assert made().branch is None
    parameters = [{"name": "CHANGE_TARGET", "value": "main"}, {"name": "CHANGE_ID", "value": 7}]
    assert made(actions=[{"parameters": parameters}]).branch == Branch(target="main")
