"""Write what people should know about the files of builds: one message per cause."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from squash_jenkins.analysis.series.unlike_files import unlike
from squash_jenkins.models import BuildRecord, Rejected

_NUMBER = re.compile(r"\d+")
_NAMED = 3
"""Files that a message names; the others are counted."""


class FileNotes:
    """Messages about files: each cause once per job, with the files of the first build affected."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def of(self, record: BuildRecord) -> Iterator[str]:
        """Yield a message for each cause that is new for the job."""
        by_cause: dict[str, list[Rejected]] = defaultdict(list)
        for file in record.rejected:
            by_cause[_cause(file)].append(file)
        id = record.build.id
        for cause, files in by_cause.items():
            if self._is_new(id.job, cause):
                yield f"{id}: {_set_aside(files)}"
        paths = sorted({path for each in unlike(record.reports).values() for path in each.paths})
        if paths and self._is_new(id.job, "apart"):
            yield f"{id.job}: {_kept_apart(paths)}"
        for note in record.notes:
            if self._is_new(id.job, _NUMBER.sub("…", note)):
                yield f"{id}: {note}"

    def _is_new(self, job: str, cause: str) -> bool:
        is_new = (job, cause) not in self._known
        self._known.add((job, cause))
        return is_new


def notes(records: Iterable[BuildRecord]) -> list[str]:
    """Return the messages about the files of some builds."""
    files = FileNotes()
    return [note for record in records for note in files.of(record)]


def _cause(file: Rejected) -> str:
    """Return the reason without the name of the file."""
    return file.reason.replace(file.path, "…").replace(quote(file.path), "…")


def _set_aside(files: Sequence[Rejected]) -> str:
    if len(files) == 1:
        return f"{files[0].path} is set aside: {files[0].reason}"
    paths = _listed([file.path for file in files])
    return f"{len(files)} files are set aside ({paths}): {files[0].reason}"


def _kept_apart(paths: Sequence[str]) -> str:
    return (
        f"{len(paths)} files of a build measure the same metrics, so their series are named after "
        f"what differs in their paths: {_listed(paths)}. To choose the names, set path_pattern in "
        "[[jobs]] of the settings, for example '(?P<arch>[^/]+)/[^/]+$'."
    )


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
