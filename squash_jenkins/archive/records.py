"""Read the folder of one build into what Jenkins' JSON would say of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from squash_jenkins.archive.build_xml import read_build_xml
from squash_jenkins.archive.changelog import read_changes
from squash_jenkins.archive.entries import files_below, is_file, is_folder, read_bytes
from squash_jenkins.archive.starts import guessed_start, named_start
from squash_jenkins.errors import BuildMissing, DocumentError, UnexpectedAnswer
from squash_jenkins.formats.strict_json import parse

ANSWER = "build.json"
"""Jenkins' answer of ``…/<number>/api/json``, saved beside a build's files."""
_BUILD_XML = "build.xml"
_LARGEST_ANSWER = 64 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what a build's folder tells, as Jenkins' JSON; `guess` says where a start is from."""

    answer: dict[str, Any] = field(default_factory=dict)
    guess: str | None = None


def read_head(folder: Path, number: int, *, by_jenkins: bool) -> Told:
    """Read what a build's folder tells, without its list of files and its changes.

    Raises
    ------
    BuildMissing
        The folder holds no build, as one that Jenkins began to delete.
    UnexpectedAnswer
        What should describe the build cannot be read.
    """
    return _by_jenkins(folder, number) if by_jenkins else _by_hand(folder, number)


def read_whole(folder: Path, number: int, *, by_jenkins: bool) -> Told:
    """Read what a build's folder tells, with its files and its changes."""
    told = read_head(folder, number, by_jenkins=by_jenkins)
    told.answer["artifacts"] = [
        {"relativePath": path} for path in artifact_paths(folder, by_jenkins=by_jenkins)
    ]
    if by_jenkins:
        told.answer["changeSet"] = {"items": read_changes(_changelogs(folder))}
    return told


def artifact_root(folder: Path, *, by_jenkins: bool) -> Path:
    """Return the folder of a build's files: ``archive``, or the build's own where it has none."""
    archive = folder / "archive"
    return archive if by_jenkins or is_folder(archive) else folder


def artifact_paths(folder: Path, *, by_jenkins: bool) -> list[str]:
    """Return the paths of the build's files, sorted."""
    root = artifact_root(folder, by_jenkins=by_jenkins)
    if not is_folder(root):
        return []
    return sorted(path for path in files_below(root) if root != folder or path != ANSWER)


def _by_jenkins(folder: Path, number: int) -> Told:
    file = folder / _BUILD_XML
    if not is_file(file):
        raise BuildMissing(f"{folder} has no {_BUILD_XML}: Jenkins lost or deleted the build.")
    answer = read_build_xml(file)
    begun, guess = answer.pop("startTime"), None
    if answer["timestamp"] is None:
        answer["timestamp"], guess = begun, "startTime in build.xml"
    if answer["timestamp"] is None:
        answer["timestamp"] = named_start(folder.name)
        guess = "name of the build's folder, taken as UTC"
    answer["number"] = number  # newer files do not tell it
    answer["displayName"] = answer["displayName"] or f"#{number}"
    return Told(answer, guess)


def _by_hand(folder: Path, number: int) -> Told:
    if is_file(folder / _BUILD_XML):
        raise UnexpectedAnswer(
            f"{folder} is from a Jenkins: name the folder with its jobs as the archive."
        )
    if is_file(folder / ANSWER):
        return Told(_saved_answer(folder / ANSWER))
    start, guess = guessed_start(
        artifact_root(folder, by_jenkins=False), artifact_paths(folder, by_jenkins=False)
    )
    return Told({"number": number, "timestamp": start, "building": False}, guess)


def _saved_answer(file: Path) -> dict[str, Any]:
    """Return a saved answer; whatever it says, the build is over: its files lie in an archive."""
    try:
        answer = parse(read_bytes(file, _LARGEST_ANSWER))
    except DocumentError as error:
        raise UnexpectedAnswer(f"{file} is not Jenkins' JSON: {error}.") from error
    if not isinstance(answer, dict):
        raise UnexpectedAnswer(f"{file} is not Jenkins' JSON: it holds no object.")
    return {**answer, "building": False}


def _changelogs(folder: Path) -> Iterator[Path]:
    """Yield the changelogs: Pipelines have one for each checkout, with numbers in their names."""
    yield from sorted(folder.glob("changelog*.xml"))
