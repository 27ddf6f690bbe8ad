"""Read the folder of one build into what Jenkins' JSON would say about it."""

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
class FolderRecord:
    """What a build's folder says, as Jenkins' JSON.

    `guess` says where the start comes from when it is not exact; `own` are files that belong to
    Jenkins rather than to the build.
    """

    answer: dict[str, Any] = field(default_factory=dict)
    guess: str | None = None
    own: tuple[str, ...] = ()


def read_head(folder: Path, number: int, *, in_jenkins: bool) -> FolderRecord:
    """Read what a build's folder says, without its list of files and its changes.

    `in_jenkins` is for a folder that Jenkins made, in which every build has a build.xml.

    Raises
    ------
    BuildMissing
        The folder contains no build, for example because Jenkins began to delete it.
    UnexpectedAnswer
        The file that describes the build cannot be read.
    """
    if has_build_xml(folder):
        if not in_jenkins and folder.parent.name == "builds":
            raise UnexpectedAnswer(
                f"{folder.parent} is a folder within a Jenkins job: give the job's own folder, or "
                "the jobs folder with all jobs, as the archive."
            )
        return _from_build_xml(folder, number)
    if in_jenkins:
        raise BuildMissing(f"{folder} has no {_BUILD_XML}: Jenkins lost or deleted the build.")
    return _by_hand(folder, number)


def read_whole(folder: Path, number: int, *, in_jenkins: bool) -> FolderRecord:
    """Read what a build's folder says, with its files and its changes."""
    found = read_head(folder, number, in_jenkins=in_jenkins)
    paths = [path for path in artifact_paths(folder) if path not in found.own]
    found.answer["artifacts"] = [{"relativePath": path} for path in paths]
    if has_build_xml(folder):
        found.answer["changeSet"] = {"items": read_changes(_changelogs(folder))}
    return found


def has_build_xml(folder: Path) -> bool:
    """Return whether Jenkins made this folder of a build."""
    return is_file(folder / _BUILD_XML)


def artifact_root(folder: Path) -> Path:
    """Return the folder of a build's files: ``archive``, or the build's own without one."""
    archive = folder / "archive"
    return archive if has_build_xml(folder) or is_folder(archive) else folder


def artifact_paths(folder: Path) -> list[str]:
    """Return the paths of the build's files, sorted."""
    root = artifact_root(folder)
    return sorted(files_below(root)) if is_folder(root) else []


def _from_build_xml(folder: Path, number: int) -> FolderRecord:
    answer = read_build_xml(folder / _BUILD_XML)
    begin, guess = answer.pop("startTime"), None
    if answer["timestamp"] is None:
        answer["timestamp"], guess = begin, "startTime in build.xml"
    if answer["timestamp"] is None:
        answer["timestamp"] = named_start(folder.name)
        guess = "name of the build's folder, taken as UTC"
    answer["number"] = number  # Jenkins has not written it there since 2015
    answer["displayName"] = answer["displayName"] or f"#{number}"
    return FolderRecord(answer, guess)


def _by_hand(folder: Path, number: int) -> FolderRecord:
    saved = _saved_answer(folder / ANSWER) if is_file(folder / ANSWER) else None
    if saved is not None:
        own = () if is_folder(folder / "archive") else (ANSWER,)
        return FolderRecord({"number": number, **saved, "building": False}, own=own)
    start, guess = guessed_start(artifact_root(folder), artifact_paths(folder))
    return FolderRecord({"number": number, "timestamp": start, "building": False}, guess)


def _saved_answer(file: Path) -> dict[str, Any] | None:
    """Return a saved answer of Jenkins; None for a file of the build with the same name.

    Whatever ``building`` says in it, the build is over: its files are in an archive.
    """
    try:
        answer = parse(read_bytes(file, _LARGEST_ANSWER))
    except DocumentError as error:
        raise UnexpectedAnswer(f"{file} is not Jenkins' JSON: {error}.") from error
    return answer if isinstance(answer, dict) and "timestamp" in answer else None


def _changelogs(folder: Path) -> Iterator[Path]:
    """Yield the changelogs; Pipelines have one for each checkout, with numbered names."""
    yield from sorted(folder.glob("changelog*.xml"))
