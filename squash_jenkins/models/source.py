"""The interface of a source of builds: a Jenkins, or an archive of its files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from squash_jenkins.models import Artifact, Build, BuildId, ListedBuild

Family = Sequence[Build]
"""A build, followed by the builds of its matrix configurations."""


class StopEvent(Protocol):
    """An event of threads or processes that is set to stop the work."""

    def is_set(self) -> bool:
        """Return whether it is set."""

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, for `timeout` seconds at most."""


class Source(Protocol):
    """A source of lists of builds, their metadata and their files.

    Every method raises a JenkinsError that says what is missing and what to do.
    """

    @property
    def name(self) -> str:
        """Return the short name of the controller that the builds belong to."""

    @property
    def faults(self) -> Sequence[str]:
        """Return a sentence for each thing that could not be read and was skipped."""

    def jobs(self) -> list[str]:
        """Return the full names of all jobs, including those in folders."""

    def listing(self, job: str) -> list[ListedBuild]:
        """Return all builds of a job, newest first; NotFound, or IsFolder for a folder."""

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at the positions `start` to `end` - 1 of the list, newest first."""

    def family(self, id: BuildId) -> list[Build]:
        """Return a build with its runs; raise BuildMissing where there is none."""

    def download(
        self, build: BuildId, artifact: Artifact, to: Path, limit: int, kept: Path | None = None
    ) -> int:
        """Download a file to `to` and return its size in bytes.

        Parameters
        ----------
        build, artifact
            Which file.
        to
            Path of the file; it appears when the download is complete.
        limit
            Maximum size in bytes; DocumentError for a larger file.
        kept
            Folder for a copy, so that an unchanged file need not be sent again.

        Raises
        ------
        BuildMissing, NotFound
            The build is gone, or only the file.

        """

    def close(self) -> None:
        """Close connections."""


MakeSource = Callable[[int, float, StopEvent], Source]
"""Make a source, possibly in another process, with a maximum number of connections and a share
(0 to 1) of the requests per second that the settings allow. Once the event is set, the source no
longer waits for anything."""
