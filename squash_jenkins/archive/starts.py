"""Guess when a build started, where nothing says so exactly."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from squash_jenkins.archive.entries import is_file, read_bytes
from squash_jenkins.errors import DocumentError, UnexpectedAnswer
from squash_jenkins.formats.strict_json import parse

_DATES = ("date", "runtime")
"""Keys with the date of the build in documents of the REST API of 2016–17."""
_LARGEST = 1 << 20
"""Larger documents come from later programs, which write no date."""
_FIRST = datetime(2001, 1, 1, tzinfo=UTC)


def guessed_start(folder: Path, paths: Iterable[str]) -> tuple[int, str]:
    """Return the likely start of a build (milliseconds) and where it comes from.

    Parameters
    ----------
    folder, paths
        The files of the build. The earliest date in them counts, else the time of the oldest.

    """
    files = [folder / path for path in paths]
    dates = [
        moment for file in files if file.suffix.lower() == ".json" for moment in _dates_in(file)
    ]
    if dates:
        return _milliseconds(min(dates).timestamp()), "date in a document"
    try:
        seconds = [file.stat().st_mtime for file in files] or [folder.stat().st_mtime]
    except OSError as error:
        raise UnexpectedAnswer(f"{folder} cannot be read: {error.strerror}.") from error
    return max(1, _milliseconds(min(seconds))), "modification time of the files"


def named_start(name: str) -> int | None:
    """Return the time in the name of a folder from before 2015 (milliseconds), read as UTC.

    Jenkins wrote it in its own time zone, which is not known.
    """
    try:
        moment = datetime.strptime(name[:19], "%Y-%m-%d_%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return _milliseconds(moment.timestamp())


def _dates_in(file: Path) -> Iterator[datetime]:
    try:
        root = parse(read_bytes(file, _LARGEST)) if is_file(file) else None
    except (UnexpectedAnswer, DocumentError):
        return  # too large, or reported with its reason when it is read as a report
    if not isinstance(root, dict) or "measurements" not in root:
        return
    for key in _DATES:
        moment = _moment(root.get(key))
        if moment is not None:
            yield moment


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if moment >= _FIRST else None


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
