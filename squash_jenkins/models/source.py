"""Say what is asked of a place that builds come from: a Jenkins, or an archive of its files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from squash_jenkins.models import Artifact, Build, BuildId, ListedBuild

Family = Sequence[Build]
"""A build and the builds of its matrix configurations: the build itself comes first."""


class StopEvent(Protocol):
    """Say whether somebody wants to end: an event of threads, or of processes."""

    def is_set(self) -> bool:
        """Return whether it has happened."""

    def wait(self, timeout: float) -> bool:
        """Wait for it, for so many seconds at most."""


class Source(Protocol):
    """Give lists of builds, their metadata and their files.

    Every function raises a JenkinsError that says what is missing and what to do.
    """

    @property
    def name(self) -> str:
        """Return the short name of the controller that the builds belong to."""

    @property
    def faults(self) -> Sequence[str]:
        """Return a sentence for each thing that could not be read and was passed over."""

    def jobs(self) -> list[str]:
        """Return the full names of all jobs, folders searched through."""

    def listing(self, job: str) -> list[ListedBuild]:
        """Return all builds of a job, newest first; NotFound, or IsFolder for a folder."""

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at the positions `start` to `end` - 1 of the list, newest first."""

    def family(self, id: BuildId) -> list[Build]:
        """Return a build with its runs; raise BuildMissing where there is none."""

    def download(
        self, build: BuildId, artifact: Artifact, to: Path, limit: int, kept: Path | None = None
    ) -> int:
        """Bring a file to `to` and return its bytes.

        Parameters
        ----------
        build, artifact
            Which file.
        to
            Appears when the file is whole.
        limit
            Bytes; DocumentError for a file with more.
        kept
            Folder for a copy, with which a file that did not change need not be sent again.

        Raises
        ------
        BuildMissing, NotFound
            The build is gone, or the file alone.

        """

    def close(self) -> None:
        """Let go of connections."""


MakeSource = Callable[[int, float, StopEvent], Source]
"""Make a source, in another process, too, with so many connections at once at most, and with this
share (0 to 1) of the requests per second that the settings allow. Once the event is set, it waits
for nothing any more."""
