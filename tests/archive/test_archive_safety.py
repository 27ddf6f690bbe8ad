"""Read archives that somebody else has packed, and may have meant harm."""

import os
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.archive import Archive, MakeArchive
from squash_jenkins.archive.xml_parts import LARGEST_FILE
from squash_jenkins.errors import DocumentError, NotFound, SettingsError
from squash_jenkins.models import Artifact, BuildId

ID = BuildId("lab", "ci", 1)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "outside" / "qa.json"
    file.parent.mkdir()
    file.write_text("hush")
    return file


@pytest.mark.parametrize(
    "path",
    ["../build.xml", "/etc/passwd", "a/../../build.xml", "./qa.json", "", "a//b", "..", "x/"],
)
def test_paths_stay_inside_the_builds_files(disk: Any, tmp_path: Path, path: str) -> None:
    disk.build("jobs/ci", 1, None, "qa.json")
    with pytest.raises(DocumentError, match="leads out"):
        disk.archive().download(ID, Artifact(path), tmp_path / "to", 10_000)
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "qa.json/more"])
def test_a_path_that_no_file_can_have_is_missing(disk: Any, tmp_path: Path, path: str) -> None:
    disk.build("jobs/ci", 1, None, "qa.json")
    with pytest.raises(NotFound, match="has no artifact"):
        disk.archive().download(ID, Artifact(path), tmp_path / "to", 10_000)


def test_links_out_are_not_followed(disk: Any, tmp_path: Path, secret: Path) -> None:
    build = disk.build("jobs/ci", 1, None, "qa.json", "sub/real.json")
    files = build / "archive"
    (files / "file.json").symlink_to(secret)
    (files / "folder").symlink_to(secret.parent)
    (files / "metadata.json").symlink_to("../build.xml")
    (files / "nowhere.json").symlink_to("nowhere")
    (files / "loop.json").symlink_to("loop.json")
    (files / "inside.json").symlink_to("sub/real.json")
    archive = disk.archive()
    (found,) = archive.family(ID)
    assert [each.path for each in found.artifacts] == ["inside.json", "qa.json", "sub/real.json"]
    for path in ("file.json", "folder/qa.json", "metadata.json", "loop.json"):
        with pytest.raises(DocumentError, match="leads out of the build's files"):
            archive.download(ID, Artifact(path), tmp_path / "to", 10_000)
    assert archive.download(ID, Artifact("inside.json"), tmp_path / "to", 10_000)


@pytest.mark.parametrize("name", ["archive", "../1", "../../builds", "../../../ci"])
def test_folders_that_are_links_out_are_not_entered(disk: Any, tmp_path: Path, name: str) -> None:
    build = disk.build("jobs/ci", 1, None, "qa.json")
    disk.build("jobs/other", 1)
    place = Path(os.path.normpath(build / name))
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    archive = disk.archive()
    builds = [each for job in archive.jobs() for (each,) in archive.page(job, 0, 9)]
    assert [each.id.job for each in builds] == ["ci"] * (name == "archive") + ["other"]
    assert all(each.artifacts == [] for each in builds)
    with pytest.raises((NotFound, DocumentError)):
        archive.download(ID, Artifact("qa.json"), tmp_path / "to", 10_000)
    told = [f"{place} leads out of the archive" in fault for fault in archive.faults]
    assert told == [True] * (name != "archive")


def test_metadata_that_is_a_link_is_not_read(disk: Any, tmp_path: Path) -> None:
    build = disk.build("jobs/ci", 1)
    (build / "build.xml").rename(tmp_path / "build.xml")
    (build / "build.xml").symlink_to(tmp_path / "build.xml")
    assert disk.archive().listing("ci") == []


def test_pipes_are_not_waited_for(disk: Any, tmp_path: Path) -> None:
    build = disk.build("jobs/ci", 1, None, "qa.json")
    disk.build("jobs/ci", 2)
    (build / "build.xml").unlink()
    for name in ("build.xml", "changelog.xml", "archive/pipe.json"):
        os.mkfifo(build / name)
    archive = disk.archive()
    assert [each.number for each in archive.listing("ci")] == [2]
    disk.build("jobs/ci", 3, None, "qa.json")
    os.mkfifo(build.with_name("3") / "archive/pipe.json")
    id = BuildId("lab", "ci", 3)
    assert archive.family(id)[0].artifacts == [Artifact("qa.json")]
    with pytest.raises(DocumentError, match="not a regular file"):
        archive.download(id, Artifact("pipe.json"), tmp_path / "to", 9)


def test_loops_of_folders_end(disk: Any) -> None:
    disk.write("ci/1/qa.json")
    (disk.top / "ci/again").symlink_to("..")
    (disk.top / "ci/1/again").symlink_to("..")
    assert disk.archive().jobs() == ["ci"]
    assert disk.archive().page("ci", 0, 9)[0][0].artifacts == [Artifact("qa.json")]


def test_links_in_a_loop_lead_nowhere(disk: Any) -> None:
    disk.build("jobs/ci", 1)
    for place in ("jobs/ci/builds/2", "jobs/again", "loop"):
        (disk.top / place).symlink_to(Path(place).name)
    archive = disk.archive()
    assert (archive.jobs(), len(archive.listing("ci")), archive.faults) == (["ci"], 1, [])
    with pytest.raises(SettingsError, match="is not a folder"):
        disk.archive("loop")


def test_folders_may_be_as_deep_as_the_disk_allows(disk: Any) -> None:
    depth = 700
    disk.write("ci/1/qa.json")
    at = os.open(disk.top / "ci/1", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    assert disk.archive().page("ci", 0, 9)[0][0].artifacts == [Artifact("qa.json")]
    assert disk.archive("ci/1/d").faults == []


def test_items_nested_without_end_are_no_items(disk: Any) -> None:
    disk.build("jobs/ci", 1)
    deep = "jobs/a/" * 200
    disk.build(deep + "jobs/b", 1)
    assert disk.archive().jobs() == ["ci"]


def test_names_that_are_no_text_are_passed_over(disk: Any) -> None:
    build = disk.build("jobs/ci", 1, None, "qa.json")
    Path(os.fsdecode(bytes(build / "archive") + b"/\xff.json")).write_text("{}")
    Path(os.fsdecode(bytes(disk.top / "jobs") + b"/\xff")).mkdir()
    archive = disk.archive()
    assert archive.jobs() == ["ci"]
    assert archive.family(ID)[0].artifacts == [Artifact("qa.json")]


def test_names_from_files_cannot_lead_elsewhere(disk: Any) -> None:
    disk.build("jobs/multi/branches/one", 1)
    disk.write("jobs/multi/branches/one/name-utf8.txt", "../../x")
    disk.build("jobs/multi/branches/two", 1)
    disk.write("jobs/multi/branches/two/name-utf8.txt", " \n")
    assert disk.archive().jobs() == ["multi/one", "multi/two"]


def test_too_large_files_are_refused_before_they_are_whole(disk: Any, tmp_path: Path) -> None:
    build = disk.build("jobs/ci", 1, None, "qa.json")
    with (build / "archive/qa.json").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "work").mkdir()
    with pytest.raises(DocumentError, match="larger than the limit of 1000 bytes"):
        disk.archive().download(ID, Artifact("qa.json"), tmp_path / "work/to", 1000)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_huge_build_xml_is_not_read(disk: Any) -> None:
    build = disk.build("jobs/ci", 1)
    with (build / "build.xml").open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)
    archive = disk.archive()
    assert archive.listing("ci") == []
    assert "is larger than" in archive.faults[0]


def test_an_archive_that_is_no_folder_or_empty_is_told(disk: Any, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        Archive("lab", tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="is not a folder"):
        Archive("lab", disk.write("file"))
    disk.write("deep/er/file.json")
    with pytest.raises(NotFound, match="There are no builds in"):
        disk.archive().jobs()


def test_a_source_can_be_made_in_another_process(disk: Any) -> None:
    disk.build("jobs/ci", 1)
    make = pickle.loads(pickle.dumps(MakeArchive("lab", disk.top)))  # noqa: S301 - our own bytes
    with_threads = make(16, 0.5, threading.Event())
    assert (with_threads.name, with_threads.jobs()) == ("lab", ["ci"])
    with_threads.close()


def test_threads_may_share_a_source(disk: Any, tmp_path: Path) -> None:
    for number in range(1, 41):
        disk.build(f"jobs/ci_{number % 4}", number, None, "qa.json")
    archive, sizes = disk.archive(), []
    start = threading.Barrier(8)

    def read(share: int) -> None:
        start.wait()
        for number in range(1 + share, 41, 8):
            id = BuildId("lab", f"ci_{number % 4}", number)
            to = tmp_path / str(number)
            sizes.append(archive.download(id, Artifact("qa.json"), to, 100))

    threads = [threading.Thread(target=read, args=(share,)) for share in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [len(disk.qa)] * 40
