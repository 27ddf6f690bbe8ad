"""Fetch the files of one build, several at a time when there are many."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from squash_jenkins.errors import (
    ArtifactRefused,
    BuildMissing,
    DocumentError,
    NotFound,
    PermissionMissing,
    SquashError,
    UnexpectedAnswer,
)
from squash_jenkins.models import Artifact

_FEW = 8
"""Files that are fetched one after the other: starting threads would cost as much."""
Fetch = Callable[[Artifact, Path], None]
"""Fetch an artifact into a file; raises DocumentError when it is too large."""
Task = tuple[Artifact, Path]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched, or the reason why not."""

    artifact: Artifact
    file: Path
    error: SquashError | None = None


def fetched(tasks: Sequence[Task], fetch: Fetch, at_once: int) -> Iterator[Fetched]:
    """Yield the files of a build in order; those that were refused once come at the end.

    A file that Jenkins refuses while it serves others is tried a second time, and is itself at
    fault when it is refused again.

    Parameters
    ----------
    tasks
        Each artifact with the file to write, which the caller removes.
    at_once
        The largest number of files at a time.

    Raises
    ------
    JenkinsError
        The build is gone, or Jenkins does not answer or serves none of the files.

    """
    refused: list[Fetched] = []
    served = False
    for each in _in_order(tasks, fetch, at_once):
        if isinstance(each.error, PermissionMissing | UnexpectedAnswer):
            refused.append(each)
            continue
        served = served or each.error is None
        yield each
    if refused and not served and refused[0].error is not None:
        raise refused[0].error
    for each in refused:
        yield _fetch(fetch, each.artifact, each.file)


def _in_order(tasks: Sequence[Task], fetch: Fetch, at_once: int) -> Iterator[Fetched]:
    if at_once < 2 or len(tasks) <= _FEW:
        for artifact, file in tasks:
            yield _fetch(fetch, artifact, file)
        return
    waiting: deque[tuple[Path, Future[Fetched]]] = deque()
    pool = ThreadPoolExecutor(at_once)
    try:
        for artifact, file in tasks:
            waiting.append((file, pool.submit(_fetch, fetch, artifact, file)))
            if len(waiting) >= 2 * at_once:
                yield waiting.popleft()[1].result()
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        pool.shutdown(cancel_futures=True)
        for file, _ in waiting:
            file.unlink(missing_ok=True)


def _fetch(fetch: Fetch, artifact: Artifact, file: Path) -> Fetched:
    """Fetch one file; an error of this file alone is returned, not raised."""
    try:
        fetch(artifact, file)
    except BuildMissing:
        raise
    except (
        ArtifactRefused,
        DocumentError,
        NotFound,
        PermissionMissing,
        UnexpectedAnswer,
    ) as error:
        return Fetched(artifact, file, error)
    return Fetched(artifact, file)
