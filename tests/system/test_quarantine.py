import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

MANIFEST = f"BUILD=b1\nafw {'a' * 40} 12.1\nutils {'b' * 40} 1.0\n".encode()


def aside(lab: Any) -> set[tuple[str, int, str]]:
    listed = json.loads(lab.run("quarantine", "list", "--json").stdout)
    return {(each["job"], each["number"], each["path"]) for each in listed}


def copies(lab: Any) -> set[str]:
    folder = lab.folder / "quarantine"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def broken(lab: Any) -> Any:
    """Return a lab that has stored build 1 with two bad files, build 2 with one of the same."""
    files = lab.world.jobs["ci_cfht"].builds[1].artifacts
    files |= {"a.json": b"{broken", "large.json": lab.qa() + b" " * 5000}
    lab.world.jobs["ci_cfht"].builds[2].artifacts["a.json"] = b"{broken"
    lab.write_settings("max_artifact_bytes = 4000")
    lab.run("backfill", "ci_cfht", check=2)
    return lab


def test_list_tells_all_about_each_file(broken: Any) -> None:
    told = broken.run("quarantine", "list").stdout.splitlines()
    assert [line.split(": ")[0] for line in told] == [
        "ci_cfht #1 a.json",
        "ci_cfht #1 large.json",
        "ci_cfht #2 a.json",
    ]
    assert f"(7 bytes, {digest(b'{broken')[:12]}, since " in told[0]
    assert "no copy" in told[1]
    [one, *_] = json.loads(broken.run("quarantine", "list", "--json", "--job", "ci_*").stdout)
    assert (one["number"], one["size"], one["digest"]) == (1, 7, digest(b"{broken"))
    assert broken.run("quarantine", "list", "--job", "x*").stdout == "The quarantine is empty.\n"


def test_retry_reads_from_jenkins_what_it_has(broken: Any) -> None:
    broken.write_settings()
    build = broken.world.jobs["ci_cfht"].builds[1]
    build.artifacts["a.json"] = broken.qa(speed=1.5)
    build.description = "QA dashboard: https://qa.example.org/dash/jobs/ci_cfht/1/ — old"
    done = broken.run("quarantine", "retry", "ci_cfht#1")
    assert done.stdout.splitlines() == [
        "ci_cfht #1 a.json: read",
        "ci_cfht #1 large.json: read",
        "2 read, 0 still set aside, 0 no longer wanted.",
    ]
    assert aside(broken) == {("ci_cfht", 2, "a.json")}
    reports = "select path from report join build on build.id = build_id where number = 1"
    assert sorted(broken.rows(reports)) == [("a.json",), ("large.json",), ("out/qa.json",)]
    assert copies(broken) == {digest(b"{broken")}, "build 2 still refers to it"
    assert "large.json" in (broken.folder / "site/jobs/ci_cfht/1/index.html").read_text()
    assert "of 9 measured" in str(broken.description())


def test_retry_tells_what_is_still_bad_and_changes_nothing(broken: Any) -> None:
    rows = broken.dump()
    done = broken.run("quarantine", "retry", "--job", "ci_*", check=1)
    assert "ci_cfht #2 a.json: still set aside: " in done.stdout
    assert "0 read, 3 still set aside" in done.stdout
    assert broken.dump() == rows
    assert copies(broken) == {digest(b"{broken")}
    broken.world.jobs["ci_cfht"].builds[2].artifacts["a.json"] = broken.qa()
    broken.run("quarantine", "retry", "--all", check=2)
    assert aside(broken) == {("ci_cfht", 1, "a.json"), ("ci_cfht", 1, "large.json")}


@pytest.mark.parametrize("how", ["deleted", "rotated", "re-created", "no controller"])
def test_retry_reads_the_copy_when_jenkins_has_none(lab: Any, how: str) -> None:
    build = lab.world.jobs["ci_cfht"].builds[1]
    words = b'{"words": ["no", "numbers"]}'
    build.artifacts |= {"words.json": words, "manifest.txt": MANIFEST}
    late = b'{"late": 1.5}'
    build.artifacts["late.json.gz"] = b"no gzip"
    lab.write_settings(
        '[[jobs]]\nartifacts = ["**/qa.json", "words.json", "manifest.txt", "late.json.gz"]\n'
    )
    lab.run("backfill", "ci_cfht", "--builds", "1", check=2)
    assert aside(lab) == {("ci_cfht", 1, "words.json"), ("ci_cfht", 1, "late.json.gz")}
    before = {name: lab.dump()[name] for name in ("change_set", "build_package", "report")}
    assert len(before["build_package"]) == 2
    (lab.folder / "quarantine" / digest(words)).write_bytes(late)  # as if a format could read it
    if how == "deleted":
        lab.world.delete_build("ci_cfht", 1)
    elif how == "rotated":
        lab.world.rotate("ci_cfht", keep_artifacts=0)
    elif how == "re-created":
        lab.world.recreate_job("ci_cfht")
        lab.world.add_build("ci_cfht", number=1, artifacts={"words.json": b"{}"})
    else:
        file = lab.folder / "squash.toml"
        file.write_text(file.read_text().replace("controllers.lab", "controllers.new"))
        del lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    done = lab.run("quarantine", "retry", "--all", check=2)
    assert "ci_cfht #1 words.json: read" in done.stdout
    assert "ci_cfht #1 late.json.gz: still set aside" in done.stdout
    after = lab.dump()
    assert after["change_set"] == before["change_set"]
    assert after["build_package"] == before["build_package"]
    assert set(before["report"]) < set(after["report"])
    assert lab.rows("select count(*) from build") == [(1,)]
    assert aside(lab) == {("ci_cfht", 1, "late.json.gz")}
    assert copies(lab) == {digest(b"no gzip")}


def test_a_file_of_which_nothing_is_left_stays_listed_with_its_reason(broken: Any) -> None:
    before = broken.run("quarantine", "list").stdout
    broken.world.delete_build("ci_cfht", 1)
    (broken.folder / "quarantine" / digest(b"{broken")).unlink()
    broken.write_settings()
    broken.run("quarantine", "retry", "ci_cfht #1", check=1)
    assert broken.run("quarantine", "list").stdout == before


def test_jenkins_out_of_reach_is_no_reason_to_forget(broken: Any) -> None:
    broken.stop_jenkins()
    rows = broken.dump()
    done = broken.run("quarantine", "retry", "--all", check=1)
    assert "cannot be reached" in done.stdout
    assert broken.dump() == rows


def test_packages_of_other_files_stay(lab: Any) -> None:
    build = lab.world.jobs["ci_cfht"].builds[1]
    build.artifacts |= {"manifest.txt": MANIFEST, "b/manifest.txt": b"BUILD=b1\nbase\n"}
    lab.run("backfill", "ci_cfht", "--builds", "1", check=2)
    lab.world.rotate("ci_cfht", keep_artifacts=0)
    [name] = copies(lab)
    (lab.folder / "quarantine" / name).write_text(f"BUILD=b1\nbase {'c' * 40} 3.0\n")
    lab.run("quarantine", "retry", "--all")
    named = "select name from package join build_package on package.id = package_id order by 1"
    assert lab.rows(named) == [("afw",), ("base",), ("utils",)]


def test_drop_forgets_entries_and_copies_and_the_pages_follow(broken: Any) -> None:
    page = broken.folder / "site/jobs/ci_cfht/1/index.html"
    assert "large.json" in page.read_text()
    refused = broken.run("quarantine", "drop", "ci_cfht#1", check=2)
    assert "add --yes" in refused.stderr
    assert len(aside(broken)) == 3
    told = broken.run("quarantine", "drop", "ci_cfht#1", "--yes").stdout
    assert told == "2 files dropped.\n"
    assert "large.json" not in page.read_text()
    assert copies(broken) == {digest(b"{broken")}
    broken.run("quarantine", "drop", "--all", "--yes")
    assert (aside(broken), copies(broken)) == (set(), set())
    assert broken.run("quarantine", "drop", "--all", "--yes").stdout == "The quarantine is empty.\n"


def test_drop_asks_on_a_terminal(broken: Any) -> None:
    import os
    import pty
    import subprocess

    for answer, left in ((b"n\n", 3), (b"y\n", 0)):
        here, there = pty.openpty()
        process = subprocess.Popen(
            [*broken.program, "quarantine", "drop", "--all"],
            cwd=broken.folder,
            env=broken.environment,
            stdin=there,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.write(here, answer)
        assert process.wait(60) == (0 if left == 0 else 130)
        os.close(here)
        os.close(there)
        assert len(aside(broken)) == left


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Which builds?"),
        (("ci_cfht",), "is not the name of a build: write job#3"),
        (("ci_cfht#9",), "No file of ci_cfht #9 is set aside"),
    ],
)
def test_a_wrong_call_ends_with_2(broken: Any, arguments: tuple[str, ...], told: str) -> None:
    for what in ("retry", "drop"):
        assert told in broken.run("quarantine", what, *arguments, check=2).stderr


def test_quarantine_of_nothing(lab: Any, tmp_path: Path) -> None:
    assert lab.run("quarantine", "list").stdout == "The quarantine is empty.\n"
    lab.run("quarantine", "retry", "--all")
