"""What post-build and ingest hand to other programs: JUnit, Markdown, JSON and the exit code."""

import os
import threading
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import xmlschema

from squash_jenkins import config
from squash_jenkins.ingest.pipeline import post_build
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId
from squash_jenkins.plugins import find

SCHEMA = Path(__file__).parents[1] / "verification/jenkins-junit.xsd"
BOTH = ("--junit", "out/qa.xml", "--markdown", "out/qa.md")
FIRST = datetime(2026, 3, 20, 4, tzinfo=UTC)
LAST = 24


def qa(lab: Any, number: int, since: int) -> bytes:
    """Return a document whose AM1 gets worse, yet not too bad, with build `since`."""
    level = 15.0 if number >= since else 8.0
    am1 = {"value": level + 0.1 * (number % 3), "unit": "marcsec"}
    am2 = {"value": 26.5, "unit": "marcsec"}
    return bytes(lab.qa(**{"validate_drp.AM1": am1, "validate_drp.AM2": am2}))


def history(lab: Any, job: str, kind: str = "freestyle") -> None:
    """Add 24 builds to Jenkins; AM1 gets worse with #20."""
    lab.world.add_job(job, kind)
    for number in range(1, LAST + 1):
        started = FIRST + timedelta(hours=number)
        files = {"qa.json": qa(lab, number, since=20)}
        lab.world.add_build(job, number=number, started=started, duration=60.0, artifacts=files)


def cases(lab: Any) -> Any:
    """Return the cases of the JUnit file by class and name, after its validation."""
    file = lab.folder / "out/qa.xml"
    xmlschema.XMLSchema(str(SCHEMA)).validate(str(file))
    root = ET.parse(file).getroot()  # noqa: S314 - our own
    return {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}


def test_a_regression_is_told_everywhere_and_fails_on_request(lab: Any) -> None:
    history(lab, "ci_hsc")
    lab.run("backfill", "ci_hsc")
    done = lab.post_build("ci_hsc", LAST, "--fail-on", "regression", *BOTH, check=3)
    lines = done.stdout.splitlines()
    assert lines[1].startswith("ci_hsc #24: 4 of 5 measured · minimum 1 of 2")
    assert lines[1].endswith("1 regression")
    assert lines[2].startswith("  AM1 got worse by ")
    assert "since #20" in lines[2]
    assert "misses minimum: AM2 is 26.5 marcsec" in done.stdout
    assert "Fails because of --fail-on: regression." in done.stdout
    assert "1 regression since #20" in (lab.description("ci_hsc", LAST) or "")
    found = cases(lab)
    [failed] = [case for (place, _), case in found.items() if place == "ci_hsc.findings"]
    assert "dashboard: https://qa.example.org/dash/findings/" in failed.findtext("failure")
    missed = found["ci_hsc.measurements", "AM2 minimum"].find("failure")
    assert "it was 26.5 marcsec in #23" in missed.get("message")
    assert "https://qa.example.org/dash/jobs/ci_hsc/24/" in missed.text
    assert "AM1 got worse by" in (lab.folder / "out/qa.md").read_text(encoding="utf-8")
    told = lab.facts("post-build", "--job", "ci_hsc", "--number", str(LAST))
    [finding] = told["findings"]
    assert (finding["build"], finding["direction"], finding["news"]) == (20, "worse", True)
    assert {each["metric"] for each in told["misses"]} >= {"validate_drp.AM2"}
    assert told["fails"] == []


def test_the_configurations_of_a_matrix_are_looked_at(lab: Any) -> None:
    lab.world.add_job("matrix", "matrix")
    runs = [(f"matrix/DATASET={name}", 1) for name in ("cfht", "hsc")]
    bad = lab.qa(**{"validate_drp.AM2": {"value": 99.0, "unit": "marcsec"}})
    for (name, number), content in zip(runs, (lab.qa(), bad), strict=True):
        lab.world.add_job(name, "configuration")
        lab.world.add_build(name, number=number, artifacts={"qa.json": content})
    lab.world.add_build("matrix", number=1, runs=runs)
    lab.post_build("matrix", 1, "--fail-on", "minimum", *BOTH, check=3)
    found = cases(lab)
    failed = {place for (place, name), case in found.items() if case.find("failure") is not None}
    assert failed == {"matrix_DATASET=hsc.hsc"}
    assert ("matrix_DATASET=cfht.measurements", "specifications") in found
    lab.post_build("matrix", 1, "--fail-on", "regression")


def test_a_file_that_cannot_be_written_is_a_warning(lab: Any) -> None:
    (lab.folder / "file").write_text("no folder")
    done = lab.post_build("ci_cfht", 1, "--junit", "file/qa.xml", "--markdown", ".")
    assert "file/qa.xml was not written: " in done.stderr
    assert "warning: . was not written: Is a directory" in done.stderr
    assert done.stdout.rstrip().endswith(
        "QA dashboard: https://qa.example.org/dash/jobs/ci_cfht/1/"
    )


def test_a_build_that_was_not_checked_leaves_no_old_file(lab: Any) -> None:
    lab.post_build("ci_cfht", 1, *BOTH)
    assert ("ci_cfht.measurements", "specifications") in cases(lab)
    lab.stop_jenkins()
    lab.post_build("ci_cfht", 2, "--fail-on", "minimum", *BOTH, check=3)
    [(name, case)] = cases(lab).items()
    assert name == ("ci_cfht.measurements", "measurements")
    assert "not checked" in case.find("skipped").get("message")
    assert "ci\\_cfht" in (lab.folder / "out/qa.md").read_text(encoding="utf-8")


def test_files_are_taken_in_with_the_same_options_and_a_pipe_can_be_written_to(lab: Any) -> None:
    (lab.folder / "a.json").write_bytes(qa(lab, 1, since=1))
    os.mkfifo(lab.folder / "pipe")
    read: list[str] = []
    reader = threading.Thread(
        target=lambda: read.append((lab.folder / "pipe").read_text(encoding="utf-8"))
    )
    reader.start()
    call = ("ingest", "a.json", "--job", "mine", "--build", "1", "--markdown", "pipe")
    lab.run(*call, "--fail-on", "minimum", "--fail-on", "design", check=3)
    reader.join(timeout=20)
    assert "mine" in read[0]
    assert not [file for file in lab.folder.iterdir() if file.name.startswith(".squash-")]


HALF = "\ud83d"
"""Half an emoji, as whoever cuts a text after so many characters leaves it in Jenkins."""


def test_half_a_character_in_jenkins_stops_nothing(lab: Any) -> None:
    build = lab.world.jobs["ci_cfht"].builds[1]
    build.description, build.display_name, build.node = f"fine {HALF}", f"#1 {HALF}", f"n{HALF}"
    build.parameters = {f"MOOD{HALF}": f"good {HALF}"}
    build.causes = [{"shortDescription": f"Started by {HALF}", "userId": HALF}]
    build.changes[0].message, build.changes[0].author = f"Add {HALF}", f"me{HALF}"
    build.artifacts[f"qa{HALF}.json"] = lab.qa()
    lab.world.add_build("ci_cfht", number=3, description="ours \U0001f600")
    facts = lab.facts("post-build", "--job", "ci_cfht", "--number", "1", *BOTH)
    assert facts["builds"][0]["reports"] == 1
    assert cases(lab)
    assert "ci\\_cfht" in (lab.folder / "out/qa.md").read_text(encoding="utf-8")
    described = lab.description() or ""
    assert described.startswith(
        "fine \N{REPLACEMENT CHARACTER}\nQA dashboard: https://qa.example.org/"
    )
    lab.post_build("ci_cfht", 3)
    assert (lab.description(number=3) or "").startswith("ours \U0001f600\n")
    lab.run("status")


def test_a_job_whose_name_is_no_text_is_told(lab: Any) -> None:
    done = lab.post_build("ci\udcff", 1, *BOTH)
    assert "Nothing was stored" in done.stderr
    assert "not checked" in (lab.folder / "out/qa.md").read_text(encoding="utf-8")
    assert cases(lab)


def test_nothing_of_linking_keeps_the_reports_from_being_written(lab: Any) -> None:
    lab.world.order_fault("submitDescription", kind="html", times=50)
    done = lab.post_build("ci_cfht", 1, *BOTH)
    assert "The build page is not linked" in done.stderr
    assert cases(lab)
    assert (lab.folder / "out/qa.md").is_file()


class Unlinkable(JenkinsClient):
    """A client that fails in a way nobody thought of."""

    def description(self, build: BuildId) -> str | None:
        raise RuntimeError(f"{build} has bad luck")


def test_a_fault_nobody_thought_of_in_linking_is_a_warning(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv(
        "SQUASH_CONTROLLERS__LAB__TOKEN", lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    )
    settings = config.load(lab.folder / "squash.toml")
    with Unlinkable(settings.controller()) as client:
        id = BuildId("lab", "ci_cfht", 1)
        outcome = post_build(settings, find(settings.dashboards), client, id, wait=0)
    assert outcome.saved[id].changed
    assert "The build page is not linked: RuntimeError: ci_cfht #1 has bad luck" in outcome.warnings


def test_the_first_build_of_a_pull_request_is_compared_with_its_target(lab: Any) -> None:
    lab.world.add_job("repo", "multibranch")
    history(lab, "repo/main", "pipeline")
    lab.run("backfill", "repo/main")
    lab.world.add_job("repo/PR-7", "pipeline")
    worse = lab.qa(**{"validate_drp.AM1": {"value": 18.0, "unit": "marcsec"}})
    started = FIRST + timedelta(days=3)
    lab.world.add_build("repo/PR-7", number=1, started=started, artifacts={"qa.json": worse})
    limits = ("--fail-on", "regression", *BOTH)
    own = {"JOB_NAME": "repo/PR-7", "BUILD_NUMBER": "1", "BRANCH_NAME": "PR-7"}
    pull = {"CHANGE_ID": "7", "CHANGE_TARGET": "main", "CHANGE_URL": "https://git.example.org/7"}
    done = lab.run("post-build", *limits, check=3, **own, **pull)
    assert "  AM1 is 18 marcsec, worse than repo/main: usually 15.1 marcsec (+19%" in done.stdout
    assert "Fails because of --fail-on: regression." in done.stdout
    assert "| **worse** |" in (lab.folder / "out/qa.md").read_text()
    assert list(cases(lab)["repo_PR-7.compared with repo_main", "AM1"]) != []
    assert lab.rows("select name, change, target, url from branch") == [
        ("PR-7", "7", "main", "https://git.example.org/7")
    ]
    facts = lab.facts("post-build", "--job", "repo/PR-7", "--number", "1")
    [comparison] = facts["comparisons"]
    assert (comparison["target"], comparison["counts"]["worse"]) == ("repo/main", 1)


def test_a_branch_that_jenkins_no_longer_has_is_marked(lab: Any) -> None:
    primary = {"_class": "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"}
    revision = {"_class": "jenkins.scm.api.SCMRevisionAction"}
    lab.world.add_job("repo", "multibranch")
    for job, actions in (("repo/trunk", [primary]), ("repo/PR-7", []), ("repo/x", [])):
        lab.world.add_job(job, "pipeline", actions=actions)
        for number in (1, 2):
            started = FIRST + timedelta(hours=number)
            build = {"number": number, "started": started, "actions": [revision]}
            lab.world.add_build(job, artifacts={"qa.json": lab.qa()}, **build)
    rows = 'select job.name, gone is not null, "primary" from branch join job on job.id = job_id'
    for job in ("repo/trunk", "repo/PR-7", "repo/x"):
        lab.post_build(job, 1)
    assert sorted(lab.rows(rows)) == [("repo/PR-7", 0, 0), ("repo/trunk", 0, 1), ("repo/x", 0, 0)]
    [comparison] = lab.facts("post-build", "--job", "repo/x", "--number", "1")["comparisons"]
    assert comparison["target"] == "repo/trunk"
    del lab.world.jobs["repo/PR-7"]
    lab.post_build("repo/x", 2)
    assert ("repo/PR-7", 1, 0) in lab.rows(rows)
    assert "1 branch gone in Jenkins" in (lab.folder / "site/builds/index.html").read_text()
    assert "gone in Jenkins" in (lab.folder / "site/jobs/repo/PR-7/index.html").read_text()
