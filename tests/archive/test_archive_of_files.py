"""Read trees of numbered folders that somebody has kept without Jenkins' metadata."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.errors import NotFound
from squash_jenkins.jenkins.answers import read_build
from squash_jenkins.models import Artifact, BuildId, ListedBuild

ANSWER = {
    "_class": "hudson.model.FreeStyleBuild",
    "number": 7,
    "timestamp": 1488340800000,
    "building": False,
    "result": "UNSTABLE",
    "duration": 5000,
    "builtOn": "node 1",
    "artifacts": [{"relativePath": "rotated/away.json"}],
    "actions": [{"parameters": [{"name": "REV", "value": "main"}]}],
}


def document(**fields: Any) -> str:
    return json.dumps({"measurements": [], **fields})


def test_jobs_are_the_folders_with_numbered_ones(disk: Any) -> None:
    for path in ("ci/7", "sqre/drp/12", "sqre/drp/1300", "sqre/12x", "a/b/c/0", ".git/objects/12"):
        disk.write(f"{path}/out/qa.json")
    archive = disk.archive()
    assert archive.jobs() == ["ci", "sqre/drp"]
    assert [each.number for each in archive.listing("sqre/drp")] == [1300, 12]
    (family,) = archive.page("ci", 0, 1)
    assert family[0].artifacts == [Artifact("out/qa.json")]
    assert family[0].result is None
    assert not family[0].provisional


def test_one_jobs_folder_is_named_by_itself(disk: Any) -> None:
    disk.write("ci/7/qa.json")
    disk.write("ci/nested/8/qa.json")
    archive = disk.archive("ci")
    assert archive.jobs() == ["ci", "ci/nested"]
    assert [each.number for each in archive.listing("ci/nested")] == [8]
    with pytest.raises(NotFound):
        archive.listing("nested")


def test_folders_called_like_jenkins_own_are_only_names(disk: Any) -> None:
    disk.write("jobs/ci/7/qa.json")
    disk.write("builds/7/qa.json")
    assert disk.archive().jobs() == ["builds", "jobs/ci"]


def test_a_saved_answer_tells_all_but_the_files(disk: Any, tmp_path: Path) -> None:
    disk.write("ci/7/build.json", json.dumps(ANSWER))
    disk.write("ci/7/out/qa.json")
    archive = disk.archive()
    assert archive.listing("ci") == [ListedBuild(7, datetime(2017, 3, 1, 4, 0, tzinfo=UTC))]
    assert not archive.listing("ci")[0].guessed
    id = BuildId("lab", "ci", 7)
    (build,) = archive.family(id)
    assert build == read_build(id, {**ANSWER, "artifacts": [{"relativePath": "out/qa.json"}]})
    assert archive.download(id, build.artifacts[0], tmp_path / "file", 100) == len(disk.qa)


def test_files_in_an_archive_folder_keep_the_paths_of_jenkins(disk: Any, tmp_path: Path) -> None:
    disk.write("ci/7/build.json", json.dumps(ANSWER))
    disk.write("ci/7/archive/out/qa.json")
    archive = disk.archive()
    (build,) = archive.family(BuildId("lab", "ci", 7))
    assert build.artifacts == [Artifact("out/qa.json")]
    assert archive.download(build.id, build.artifacts[0], tmp_path / "file", 100)


def test_an_answer_that_was_saved_while_the_build_ran_is_taken_as_its_last(disk: Any) -> None:
    disk.write("ci/7/build.json", json.dumps({**ANSWER, "building": True}))
    assert not disk.archive().listing("ci")[0].running
    assert not disk.archive().page("ci", 0, 1)[0][0].provisional


def test_another_file_of_that_name_is_a_file_of_the_build(disk: Any) -> None:
    disk.write("ci/7/build.json", disk.qa, modified=disk.start)
    (build,) = disk.archive().family(BuildId("lab", "ci", 7))
    assert build.artifacts == [Artifact("build.json")]
    assert build.started == disk.start


@pytest.mark.parametrize("content", ["", "{", '{"timestamp": 1, "timestamp": 2}', "[" * 100_000])
def test_a_broken_answer_is_told_and_the_others_are_read(disk: Any, content: str) -> None:
    disk.write("ci/7/build.json", content)
    disk.write("ci/8/qa.json")
    archive = disk.archive()
    assert [each.number for each in archive.listing("ci")] == [8]
    assert [family[0].id.number for family in archive.page("ci", 0, 9)] == [8]
    (fault,) = archive.faults
    assert "ci/7/build.json is not Jenkins' JSON" in fault


@pytest.mark.parametrize("wrong", [{"number": 8}, {"timestamp": "soon"}, {"timestamp": -1}])
def test_the_answer_of_another_build_is_refused(disk: Any, wrong: dict[str, Any]) -> None:
    disk.write("ci/7/build.json", json.dumps({**ANSWER, **wrong}))
    archive = disk.archive()
    assert archive.listing("ci") == archive.page("ci", 0, 9) == []
    assert len(archive.faults) == 1


def test_the_date_in_a_document_is_the_best_guess(disk: Any) -> None:
    told = "2016-06-06T16:15:49.208522Z"
    disk.write("ci/7/b.json", document(ci_id="7", date=told))
    disk.write("ci/7/c.json", document(ci_id="7", date="2016-06-07T00:00:00"))
    disk.write("ci/7/old.txt", modified=datetime(2015, 1, 1, tzinfo=UTC))
    (listed,) = disk.archive().listing("ci")
    assert listed == ListedBuild(7, datetime(2016, 6, 6, 16, 15, 49, 208000, UTC))
    assert listed.guessed
    (build,) = disk.archive().family(BuildId("lab", "ci", 7))
    assert build.started == listed.started
    assert build.extra["started_from"] == "date in a document"


def test_the_oldest_file_is_the_last_guess(disk: Any) -> None:
    later = disk.start + timedelta(hours=1)
    disk.write("ci/7/a.json", document(date="soon", runtime=5), modified=later)
    disk.write("ci/7/b.json", '{"date": "2016-01-01T00:00:00"}', modified=disk.start)
    disk.write("ci/7/c.json", document(runtime="0001-01-01T00:00:00"), modified=later)
    (listed,) = disk.archive().listing("ci")
    assert (listed.started, listed.guessed) == (disk.start, True)
    (build,) = disk.archive().family(BuildId("lab", "ci", 7))
    assert build.extra["started_from"] == "modification time of the files"


def test_builds_in_a_folder_of_their_own_beside_the_jobs(disk: Any) -> None:
    disk.write("folder/ci/7/build.xml", disk.xml())
    disk.write("folder/ci/7/archive/qa.json")
    archive = disk.archive()
    assert archive.listing("folder/ci") == [ListedBuild(7, disk.start)]
    assert archive.page("folder/ci", 0, 1)[0][0].artifacts == [Artifact("qa.json")]


def test_a_folder_inside_a_job_of_jenkins_is_no_archive(disk: Any) -> None:
    disk.build("jobs/ci", 7)
    archive = disk.archive("jobs/ci/builds")
    assert archive.listing("builds") == []
    (fault,) = archive.faults
    assert "give the job's own folder" in fault


def test_configurations_that_were_kept_as_folders_have_their_names(disk: Any) -> None:
    disk.write("drp/DATASET=cfht,PY=2/7/qa.json")
    assert disk.archive().jobs() == ["drp/DATASET=cfht,PY=2"]
