"""Say what people should know of the files of builds: each cause in one sentence."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from squash_jenkins.analysis.series.unlike_files import unlike
from squash_jenkins.models import BuildRecord, Rejected

_NUMBER = re.compile(r"\d+")
_NAMED = 3
"""So many files are named, the others counted."""


class FileNotes:
    """Tell of a job each cause once, with the files of the first build that shows it."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def of(self, record: BuildRecord) -> Iterator[str]:
        """Yield a sentence for each cause that was not told of the job before."""
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
        known = (job, cause) in self._told
        self._told.add((job, cause))
        return not known


def notes(records: Iterable[BuildRecord]) -> list[str]:
    """Return what is to be told of the files of some builds."""
    told = FileNotes()
    return [sentence for record in records for sentence in told.of(record)]


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
        f"{len(paths)} files of a build measure the same, so what differs in their paths tells "
        f"their series apart: {_listed(paths)}. To say it yourself, set path_pattern in [[jobs]] "
        "of the settings, such as '(?P<arch>[^/]+)/[^/]+$'."
    )


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
