"""Read the changelog files that Jenkins' Git plug-in stores with a build: raw ``git log``."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from squash_jenkins.archive.entries import is_file, read_bytes

_LARGEST = 32 << 20
"""Bytes of the largest changelog that is read."""
_PERSON = re.compile(r"(author|committer) (.*?) ?<[^<>]*> (.+)")
_FILE = re.compile(
    r":[0-7]{6} [0-7]{6} [0-9a-f.]+ [0-9a-f.]+ ([A-Z])[0-9]*\t([^\t]+)(?:\t([^\t]+))?"
)


def read_changes(files: Iterator[Path]) -> list[dict[str, Any]]:
    """Return the commits in changelog files as items of Jenkins' JSON; none of other files."""
    return [item for file in files if is_file(file) for item in _commits(file)]


def _commits(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the commits of one file; other source control plug-ins write XML into it."""
    text = read_bytes(file, _LARGEST).decode("utf-8", "replace").replace("\0", "\ufffd")
    if text.lstrip().startswith("<"):
        return
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith("commit ") and lines:
            yield from _commit(lines)
            lines = []
        lines.append(line.removesuffix("\r"))
    yield from _commit(lines)


def _commit(lines: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the commit; the text before the first one (``Changes in branch …``) is not one."""
    revision = re.fullmatch("commit ([0-9a-f]{7,64}).*", lines[0])
    if revision is None:
        return
    people = {found[1]: found for line in lines if (found := _PERSON.fullmatch(line))}
    author, committer = people.get("author"), people.get("committer")
    dated = committer or author
    yield {
        "commitId": revision[1],
        "author": {"fullName": author[2].strip() if author else ""},
        "comment": "\n".join(line[4:] for line in lines if line.startswith("    ")),
        "timestamp": _milliseconds(dated[3]) if dated else None,
        "affectedPaths": [path for line in lines for path in _paths(line)],
    }


def _paths(line: str) -> Iterator[str]:
    """Yield the paths in a line: both of a renamed file, the new one of a copy."""
    found = _FILE.fullmatch(line)
    if found is None:
        return
    kind, path, new = found.groups()
    if new is None or kind == "R":
        yield path
    if new is not None:
        yield new


def _milliseconds(text: str) -> int | None:
    """Return the time in Jenkins' unit; git wrote seconds at first, ISO 8601 since 2013."""
    seconds = re.fullmatch(r"([0-9]{1,11})(?: [+-][0-9]{4})?", text)
    if seconds:
        return int(seconds[1]) * 1000
    try:
        moment = datetime.fromisoformat(re.sub(r" ([+-][0-9]{4})\Z", r"\1", text))
    except ValueError:
        return None
    return round(moment.timestamp() * 1000) if moment.tzinfo else None
