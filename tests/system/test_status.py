import shutil
from datetime import timedelta
from typing import Any

import pytest


def job(facts: Any, name: str = "ci_cfht") -> Any:
    [found] = [each for each in facts["jobs"] if each["job"] == name]
    return found


def test_an_empty_database_says_what_to_do(lab: Any) -> None:
    assert "post-build` ingests a build" in lab.run("status", "--strict").stdout


def test_a_history_with_gaps_is_explained(lab: Any) -> None:
    first = lab.world.jobs["ci_cfht"].builds[2].started
    for number in range(3, 11):
        lab.world.add_build(
            "ci_cfht",
            number=number,
            started=first + timedelta(days=number),
            artifacts={"qa.json": lab.qa()},
        )
    builds = lab.world.jobs["ci_cfht"].builds
    builds[4].artifacts = {}
    builds[5].artifacts = {"qa.json": b"{broken"}
    lab.run("backfill", "ci_cfht", "--builds", "2,4,5,6,10", check=2)
    lab.world.delete_build("ci_cfht", 7)
    facts = lab.facts("status")
    assert job(facts)["gaps"] == {
        "missing": [[1, 1], [3, 3], [8, 9]],
        "deleted": [[7, 7]],
        "quarantined": [[5, 5]],
        "no report": [[4, 4]],
    }
    assert job(facts)["newest_stored"]["number"] == job(facts)["newest_finished"]["number"] == 10
    assert job(facts)["lag"] > 86400
    assert (facts["complete"], facts["quarantine"]["files"]) == (False, 1)
    told = lab.run("status", "--strict", check=1).stdout
    assert "missing: #1, #3, #8–9 (`squash-jenkins backfill ci_cfht` ingests them)" in told
    for line in ("deleted in Jenkins: #7", "quarantined: #5", "without a report: #4"):
        assert f"    {line}" in told.splitlines()
    assert "quarantine: 1 file (`squash-jenkins quarantine list` lists them)" in told
    lab.run("backfill", "ci_cfht")
    told = lab.run("status", "--strict").stdout
    assert "missing" not in told
    assert "deleted in Jenkins: #7" in told


def test_jenkins_is_asked_once_for_each_stored_job_and_offline_not_at_all(lab: Any) -> None:
    lab.world.add_job("folder/ci_hsc")
    lab.world.add_build("folder/ci_hsc", artifacts={"qa.json": lab.qa()})
    lab.world.add_job("not_stored")
    lab.run("backfill", "ci_cfht", "folder")
    lab.world.requests.clear()
    facts = lab.facts("status")
    assert [(each["job"], each["complete"]) for each in facts["jobs"]] == [
        ("ci_cfht", True),
        ("folder/ci_hsc", True),
    ]
    assert len(lab.world.requests) == 2
    offline = lab.facts("status", "--offline", "--strict")
    assert len(lab.world.requests) == 2
    assert (job(offline)["asked"], job(offline)["lag"]) == (False, None)


def test_a_provisional_build_is_missing_once_it_is_over(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3)
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    lab.run("backfill", "ci_cfht")
    told = lab.run("status", "--strict").stdout
    assert "    provisional: #3, not read yet: #3" in told.splitlines()
    lab.world.finish_build("ci_cfht", 3)
    told = lab.run("status", "--strict", check=1).stdout
    assert "    provisional: #3, ended since: #3, not read yet: #3" in told.splitlines()
    lab.post_build(number=3)
    assert "provisional" not in lab.run("status", "--strict").stdout


def test_out_of_order_a_build_that_still_runs_is_no_gap(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3)
    lab.world.add_build("ci_cfht", number=4, artifacts={"qa.json": lab.qa()})
    lab.run("backfill", "ci_cfht")
    assert job(lab.facts("status", "--strict"))["gaps"] == {}
    assert job(lab.facts("status", "--offline"))["gaps"] == {"unknown": [[3, 3]]}


def test_a_job_that_is_gone_or_created_anew_is_told_as_such(lab: Any) -> None:
    lab.run("backfill", "ci_cfht")
    lab.world.recreate_job("ci_cfht")
    lab.world.add_build("ci_cfht", number=1, artifacts={"qa.json": lab.qa(speed=99)})
    told = lab.run("status", "--strict", check=1).stdout
    assert "    2 builds of an earlier job of this name" in told.splitlines()
    assert "missing: #1 " in told
    lab.post_build(number=1)
    lab.run("status", "--strict")
    lab.world.rename_job("ci_cfht", "ci_new")
    told = lab.run("status", "--strict").stdout
    assert "    Jenkins no longer has this job" in told.splitlines()
    assert job(lab.facts("status"))["gone"] is True


@pytest.mark.parametrize("how", ["down", "sign-in page"])
def test_jenkins_that_does_not_tell_counts_when_strict(lab: Any, how: str) -> None:
    lab.run("backfill", "ci_cfht")
    if how == "down":
        lab.stop_jenkins()
    else:
        lab.world.order_fault(".*", kind="html", times=100)
    told = lab.run("status").stdout
    assert told.count("No list of builds from Jenkins for ci_cfht: ") == 1
    lab.run("status", "--strict", check=1)
    lab.run("status", "--strict", "--offline")


def test_what_waits_in_the_spool_is_counted_and_damaged_files_are_named(lab: Any) -> None:
    lab.run("backfill", "ci_cfht", "--builds", "2")
    bad = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    lab.post_build(number=1, SQUASH_DATABASE=bad)
    told = lab.run("status", "--strict", "--offline", check=1).stdout
    assert "in the spool: 1 build, the oldest for " in told
    [file] = (lab.folder / "spool").glob("*.json.gz")
    file.write_bytes(b"torn")
    lab.run("dashboards", "build")
    told = lab.run("status", "--strict", "--offline", check=1).stdout
    assert f"damaged in the spool: {file}.damaged" in told
    assert "in the spool:" not in told.replace("damaged in the spool:", "")
    shutil.rmtree(lab.folder / "spool")
    lab.run("status", "--strict", "--offline")


def test_builds_of_no_jenkins_and_of_several_controllers_are_told_apart(lab: Any) -> None:
    (lab.folder / "a.json").write_bytes(lab.qa())
    lab.run("ingest", "a.json", "--job", "run", "--build", "3", "--controller", "other")
    lab.run("backfill", "ci_cfht")
    told = lab.run("status", "--strict").stdout
    assert [line.split("  ")[0] for line in told.splitlines()] == [
        "job",
        "lab: ci_cfht",
        "other: run",
    ]
