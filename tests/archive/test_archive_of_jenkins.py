"""Read copies of Jenkins' own folders: a real one, and those that tests lay out."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.archive import Archive
from squash_jenkins.errors import BuildMissing, IsFolder, NotFound
from squash_jenkins.jenkins.answers import read_build
from squash_jenkins.models import Artifact, Build, BuildId, ListedBuild
from tests.recordings import HOME, archive_of_jenkins, recorded_builds

JOBS = [
    "ci_cfht",
    "ci_hsc",
    "ci_rotate",
    "folder/ci_decam",
    "folder/sub folder/spaces and é",
    "multi/feature%2Fab%23c",
    "multi/main",
    "multi/tickets%2FDM-1234",
    "pipe_qa",
    "validate_matrix",
]


def listed(archive: Archive, job: str) -> list[int]:
    return [each.number for each in archive.listing(job)]


@pytest.fixture
def real() -> Archive:
    return archive_of_jenkins()


def test_the_jobs_of_a_real_jenkins_are_found(real: Archive) -> None:
    assert real.jobs() == JOBS
    assert listed(real, "ci_cfht") == [31, 21, 20, 19, 17, 12, 9, 5, 4, 1]
    assert real.faults == []


def test_a_build_on_disk_is_the_build_that_the_same_jenkins_told(
    real: Archive,
) -> None:
    recorded = _recorded()
    compared = 0
    for job in real.jobs():
        for build in (build for family in real.page(job, 0, 100) for build in family):
            answers = recorded.get((build.extra["queueId"], build.started), [])
            if not answers:
                continue
            told = [read_build(build.id, answer) for answer in answers]
            if build.display_name == "release 4":  # edited after the answer was recorded
                told = [replace(told[0], display_name="release 4", description=build.description)]
            assert _comparable(build) in [_comparable(each) for each in told]
            # Files were left out of the recorded copy, never added.
            assert {each.path for each in build.artifacts} <= {
                each.path for each in told[-1].artifacts
            }
            compared += 1
    assert compared >= 22


def _recorded() -> dict[tuple[int, datetime], list[dict[str, Any]]]:
    """Return the answers for each finished build by its place in the queue and its start."""
    found = defaultdict(list)
    for _, answer in sorted(recorded_builds(), key=itemgetter(0)):
        if {"_class", "queueId"} <= answer.keys() and not answer["building"]:
            started = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=answer["timestamp"])
            found[answer["queueId"], started].append(answer)
    return found


def _comparable(build: Build) -> Build:
    """Return what is the same on disk: Jenkins makes up long names and estimates when asked.

    The author of a change is a Jenkins user there; the description may have been set since.
    """
    extra = {key: build.extra[key] for key in ("queueId", "keepLog", "class")}
    changes = [replace(each, author="") for each in build.changes]
    revisions = build.extra.get("revisions")
    extra["revisions"] = revisions
    return replace(build, extra=extra, changes=changes, artifacts=())


def test_a_matrix_build_comes_with_its_configurations(real: Archive) -> None:
    (family,) = real.page("validate_matrix", 0, 10)
    names = [f"validate_matrix/DATASET={data},PY={py}" for data in ("cfht", "hsc") for py in (2, 3)]
    assert [build.id for build in family[1:]] == [BuildId("lab", name, 1) for name in names]
    assert family[0].runs == [build.id for build in family[1:]]
    assert family[1].artifacts[0] == Artifact("out/qa.json")
    assert family[1].causes[0].upstream_job == "validate_matrix"
    assert listed(real, names[0]) == [1]


def test_changes_are_read_from_gits_log(real: Archive) -> None:
    (change,) = real.family(BuildId("lab", "multi/main", 2))[0].changes
    assert change.author == "lab"
    assert change.message == "third: fix <x> & é\n\nbody line"
    assert change.committed == datetime(2026, 11, 22, 13, 11, 57, tzinfo=UTC)
    assert change.paths == ["g"]


def test_a_file_is_copied_whole(real: Archive, tmp_path: Path) -> None:
    id, artifact = BuildId("lab", "ci_hsc", 3), Artifact("out/qa.json")
    size = real.download(id, artifact, tmp_path / "file", 1000)
    original = HOME / "jobs/ci_hsc/builds/3/archive" / artifact.path
    assert (tmp_path / "file").read_bytes() == original.read_bytes()
    assert size == original.stat().st_size
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize(
    ("inner", "job"),
    [
        ("", "folder/ci"),
        ("jobs", "folder/ci"),
        ("jobs/folder", "folder/ci"),
        ("jobs/folder/jobs", "folder/ci"),
        ("jobs/folder/jobs/ci", "folder/ci"),
    ],
)
def test_any_part_of_the_tree_gives_the_same_full_name(disk: Any, inner: str, job: str) -> None:
    disk.write("config.xml", "<?xml version='1.1'?>\n<hudson/>")
    disk.write("jobs/folder/config.xml", "<com.cloudbees.hudson.plugins.folder.Folder/>")
    disk.build("jobs/folder/jobs/ci", 5)
    archive = disk.archive(inner)
    assert archive.jobs() == [job]
    assert archive.listing(job) == [ListedBuild(5, disk.start)]


def test_a_copy_of_the_builds_alone_needs_no_config(disk: Any) -> None:
    disk.build("ci", 5)
    (disk.top / "ci/config.xml").unlink()
    assert disk.archive().jobs() == ["ci"]
    assert disk.archive("ci").jobs() == ["ci"]


def test_pages_follow_the_list_newest_first(disk: Any) -> None:
    for number in (1, 2, 9, 10, 11):
        disk.build("jobs/ci", number, None, "out/qa.json")
    archive = disk.archive()
    assert listed(archive, "ci") == [11, 10, 9, 2, 1]
    assert [family[0].id.number for family in archive.page("ci", 1, 3)] == [10, 9]
    assert [family[0].id.number for family in disk.archive().page("ci", 4, 99)] == [1]
    assert archive.page("ci", 99, 199) == []


def test_names_beside_the_builds_are_none(disk: Any) -> None:
    disk.build("jobs/ci", 1)
    builds = disk.top / "jobs/ci/builds"
    (builds / "lastSuccessfulBuild").symlink_to("1")
    (builds / "lastFailedBuild").symlink_to("-1")
    for name in ("legacyIds", "permalinks", "7"):
        disk.write(f"jobs/ci/builds/{name}", "")
    for name in ("0", "007x", "99999999999", "²"):
        disk.write(f"jobs/ci/builds/{name}/build.xml", disk.xml())
    assert listed(disk.archive(), "ci") == [1]


def test_what_runs_when_the_copy_was_made_is_running(disk: Any) -> None:
    disk.build("jobs/ci", 1, disk.xml(result=None, duration=0))
    disk.build("jobs/ci", 2, disk.xml("flow-build", completed="false"))
    disk.build("jobs/ci", 3, disk.xml("flow-build", completed="true"))
    disk.build("jobs/ci", 4, disk.xml("flow-build"))
    running = {each.number: each.running for each in disk.archive().listing("ci")}
    assert running == {1: True, 2: True, 3: False, 4: False}
    assert disk.archive().page("ci", 3, 4)[0][0].provisional


def test_builds_of_before_2015_are_found_by_their_links(disk: Any) -> None:
    xml = disk.xml(timestamp=None, startTime=disk.milliseconds(disk.start), number=7)
    disk.build("jobs/ci", "2013-06-03_12-00-01", xml, "qa.json")
    (disk.top / "jobs/ci/builds/7").symlink_to("2013-06-03_12-00-01")
    archive = disk.archive()
    (build,) = archive.listing("ci")
    assert (build.number, build.started, build.guessed) == (7, disk.start, True)
    ((read,),) = archive.page("ci", 0, 1)
    assert read.extra["started_from"] == "startTime in build.xml"
    assert read.artifacts == [Artifact("qa.json")]


def test_builds_of_before_2015_whose_links_were_lost_tell_their_number(
    disk: Any, tmp_path: Path
) -> None:
    xml = disk.xml(timestamp=None, number=7)
    disk.build("jobs/ci", "2013-06-03_12-00-01", xml, "qa.json")
    archive = disk.archive()
    (build,) = archive.listing("ci")
    assert (build.number, build.guessed) == (7, True)
    assert build.started == datetime(2013, 6, 3, 12, 0, 1, tzinfo=UTC)
    assert archive.download(BuildId("lab", "ci", 7), Artifact("qa.json"), tmp_path / "q", 100)


def test_a_multibranch_folder_without_its_name_file_keeps_its_own(disk: Any) -> None:
    disk.build("jobs/multi/branches/tickets%2FDM-1", 1)
    disk.build("jobs/multi/branches/other.x1y2", 1)
    disk.write("jobs/multi/branches/other.x1y2/name-utf8.txt", "feature%2Fother")
    assert disk.archive().jobs() == ["multi/feature%2Fother", "multi/tickets%2FDM-1"]


def test_matrix_values_are_decoded_and_absent_runs_left_out(disk: Any) -> None:
    disk.build("jobs/m", 2, disk.xml("matrix-build"))
    for value, number in (("a%2Fb", 2), ("c", 1)):
        disk.build(f"jobs/m/configurations/axis-X/{value}", number, disk.xml("matrix-run"))
    archive = disk.archive()
    (family,) = archive.page("m", 0, 1)
    assert [str(build.id) for build in family] == ["m #2", "m/X=a/b #2"]
    assert archive.jobs() == ["m"]


def test_what_is_not_there_is_told(disk: Any, tmp_path: Path) -> None:
    disk.build("jobs/folder/jobs/ci", 1, None, "qa.json")
    archive = disk.archive()
    with pytest.raises(IsFolder, match="'folder' is a folder, not a job"):
        archive.listing("folder")
    for name in ("nope", "folder/nope", "folder/ci/x", "folder/../folder/ci", "", "/", "a\0b"):
        with pytest.raises(NotFound, match="There is no job"):
            archive.listing(name)
    with pytest.raises(BuildMissing, match="folder/ci #2 is not in"):
        archive.family(BuildId("lab", "folder/ci", 2))
    with pytest.raises(BuildMissing):
        archive.download(BuildId("lab", "folder/ci", 2), Artifact("qa.json"), tmp_path / "x", 9)
    with pytest.raises(NotFound, match=r"has no artifact 'other\.json'"):
        archive.download(BuildId("lab", "folder/ci", 1), Artifact("other.json"), tmp_path / "x", 9)


def test_a_build_without_build_xml_is_told_and_the_others_are_read(disk: Any) -> None:
    disk.build("jobs/ci", 1)
    disk.write("jobs/ci/builds/2/archive/qa.json")
    archive = disk.archive()
    assert listed(archive, "ci") == listed(archive, "ci") == [1]
    (fault,) = archive.faults
    assert fault.endswith("builds/2 has no build.xml: Jenkins lost or deleted the build.")
