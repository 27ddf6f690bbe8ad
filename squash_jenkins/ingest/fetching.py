"""Bring the files of one build here, many of them several at a time."""

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
"""So many files are brought one after the other: starting threads costs as much."""
Fetch = Callable[[Artifact, Path], None]
"""Bring one artifact to a file; raises DocumentError when it is too large."""
Task = tuple[Artifact, Path]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Hold one file, or why it cannot be had."""

    artifact: Artifact
    file: Path
    error: SquashError | None = None


def fetched(tasks: Sequence[Task], fetch: Fetch, at_once: int) -> Iterator[Fetched]:
    """Yield the files of a build in order, those that were refused once at the end.

    A file that Jenkins refuses while it gives others is tried a second time, and is itself at
    fault when it is refused again.

    Parameters
    ----------
    tasks
        Each artifact with the file it is brought to, which the caller removes.
    at_once
        So many at a time, at most.

    Raises
    ------
    JenkinsError
        The build is gone, Jenkins does not answer, or gives none of the files.

    """
    refused: list[Fetched] = []
    given = False
    for each in _in_order(tasks, fetch, at_once):
        if isinstance(each.error, PermissionMissing | UnexpectedAnswer):
            refused.append(each)
            continue
        given = given or each.error is None
        yield each
    if refused and not given and refused[0].error is not None:
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
    """Bring one file; what is the matter with this file alone is no exception."""
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
