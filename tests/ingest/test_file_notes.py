from dataclasses import replace
from datetime import UTC, datetime

from squash_jenkins.config import DEFAULT_ARTIFACTS
from squash_jenkins.ingest.artifacts import choose
from squash_jenkins.ingest.file_notes import FileNotes, notes
from squash_jenkins.models import (
    Artifact,
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Rejected,
    Report,
)

BUILD = Build(BuildId("main", "ci", 1), datetime(2026, 1, 1, tzinfo=UTC))


def report(path: str) -> Report:
    return Report(path, "plain", path, 1, measurements=[Measurement("speed", 1.0)])


def test_sixty_files_with_one_cause_are_one_sentence() -> None:
    paths = [f"out/{at:02}.json" for at in range(60)]
    rejected = [Rejected(path, f"{path} cannot be read") for path in paths]
    [told] = notes([BuildRecord(BUILD, (), rejected)])
    assert told == (
        "ci #1: 60 files are set aside (out/00.json, out/01.json, out/02.json and 57 more): "
        "out/00.json cannot be read"
    )


def test_each_cause_has_its_own_sentence() -> None:
    rejected = [Rejected("a.json", "no JSON"), Rejected("b c.json", "b%20c.json: 403")]
    told = notes([BuildRecord(BUILD, (), rejected)])
    assert told == [
        "ci #1: a.json is set aside: no JSON",
        "ci #1: b c.json is set aside: b%20c.json: 403",
    ]


def test_a_long_run_tells_each_cause_of_a_job_once() -> None:
    told = FileNotes()
    first = BuildRecord(BUILD, [report("arm64/b.json"), report("x86/b.json")], [Rejected("a", "x")])
    assert len(list(told.of(first))) == 2
    assert list(told.of(replace(first, build=replace(BUILD, id=BuildId("main", "ci", 2))))) == []
    other = replace(first, build=replace(BUILD, id=BuildId("main", "other", 1)))
    assert len(list(told.of(other))) == 2


def test_files_that_are_kept_apart_are_named_with_the_setting() -> None:
    [told] = notes([BuildRecord(BUILD, [report("arm64/b.json"), report("x86/b.json")])])
    assert "ci: 2 files of a build measure the same" in told
    assert "arm64/b.json, x86/b.json" in told
    assert "path_pattern" in told


def test_capitals_in_the_name_of_a_file_do_not_matter_by_default() -> None:
    artifacts = [Artifact(path) for path in ("QA.JSON", "a/B.Json.GZ", "Manifest.txt", "a.txt")]
    assert choose(artifacts, DEFAULT_ARTIFACTS, any_case=True) == artifacts[:3]
    assert choose(artifacts, ["**/*.json"]) == []
