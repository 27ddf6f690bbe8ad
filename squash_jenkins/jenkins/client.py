"""Request builds, jobs and files from one Jenkins, and write descriptions.

URLs are always made from the configured root and names: URLs inside Jenkins' answers have the
root that is configured in Jenkins, which may lead nowhere from here.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from squash_jenkins.config import Controller
from squash_jenkins.errors import (
    BuildMissing,
    DocumentError,
    JenkinsError,
    NotFound,
)
from squash_jenkins.jenkins.all_jobs import all_jobs, python_jenkins
from squash_jenkins.jenkins.answers import BUILD_TREE, read_build
from squash_jenkins.jenkins.lists import Lists
from squash_jenkins.jenkins.lookup import Lookup
from squash_jenkins.jenkins.names import artifact_path
from squash_jenkins.jenkins.transport import Transport
from squash_jenkins.jenkins.waiting import settled, wait_for
from squash_jenkins.models import Artifact, Build, BuildId, ListedBranch, ListedBuild
from squash_jenkins.models.source import StopEvent


class JenkinsClient:
    """A client of one Jenkins, which threads may share; ``with`` closes its connections.

    Parameters
    ----------
    controller
        Name, root URL (a path prefix is fine), user and token, time limit in seconds.
    sleep, clock
        Wait a number of seconds; return the seconds since some moment. Tests pass their own.
    attempts
        Tries of a request while Jenkins refuses connections, is starting, or is behind a failing
        proxy. Sign-in and permission errors are never retried. None: the setting of the
        controller.
    outage_limit
        Further seconds to wait for a Jenkins that has answered before or is starting.
    stopped
        Once it is set, nothing is waited for any longer, and requests end within seconds.
    """

    def __init__(
        self,
        controller: Controller,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        attempts: int | None = None,
        outage_limit: float = 0.0,
        stopped: StopEvent | None = None,
    ) -> None:
        self.controller = controller
        self._sleep = sleep
        self._clock = clock
        self._server = python_jenkins(controller)
        self._transport = Transport(
            controller,
            self._server._session,
            sleep,
            clock,
            attempts or controller.attempts,
            outage_limit,
            stopped or threading.Event(),
        )
        # Sign-in is set on the session, and only POSTs need crumbs: python-jenkins would request
        # both before the first request, without a lock.
        self._server._auth_resolved = True
        self._server.crumb = False
        self._lookup = Lookup(self._transport)
        self._lists = Lists(controller.name, self._transport, self._lookup)

    @property
    def name(self) -> str:
        """Return the short name of the controller."""
        return self.controller.name

    @property
    def faults(self) -> Sequence[str]:
        """Return a message for each line of Jenkins' lists that was skipped, each once."""
        return self._lists.faults

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def version(self) -> str | None:
        """Return Jenkins' version, such as ``2.263.4``; None when a proxy hides it."""
        return self._transport.get_version()

    def whoami(self) -> str:
        """Return the name of this user in Jenkins; ``anonymous`` without a sign-in."""
        return str(self._transport.get_json("whoAmI").get("name", "anonymous"))

    def jobs(self) -> list[str]:
        """Return the full names of all jobs that this user may see, in folders, too.

        Folders themselves are left out, and so are matrix configurations: the builds of their
        matrix job name them as `runs`.
        """
        return self._transport.retrying(partial(all_jobs, self._server, self.controller))

    def build(self, build: BuildId) -> Build:
        """Return what Jenkins knows about a build now; `provisional` while it is running.

        Raises
        ------
        NotFound
            Says what is missing: the server, the job, or the build (deleted, or never there).
        JenkinsError
            Any other of its kinds.
        """
        return read_build(build, self._lookup.of_build(build, BUILD_TREE))

    def wait(self, build: BuildId, limit: float) -> list[Build]:
        """Return the build and its runs once Jenkins says that it is no longer building.

        Polls after 0.5 s, then less and less often, at last every 10 s. Once Jenkins has answered,
        a longer outage (a restart, an upgrade) is waited out as well.

        Parameters
        ----------
        build
            Which build to wait for.
        limit
            Seconds to wait; 0 polls once.

        Raises
        ------
        StillRunning
            The build did not end in time.
        NotFound
            No such build, or it vanished while it ran, as after a crash of Jenkins.
        """

        def look() -> list[Build] | None:
            running = self._lookup.of_build(build, "building").get("building") is not False
            return None if running else self.family(build)

        return wait_for(look, build, limit, self._sleep, self._clock)

    def listing(self, job: str) -> list[ListedBuild]:
        """Return all builds of a job, newest first, in one light request.

        Raises
        ------
        NotFound, IsFolder
            There is no such job, or it is a folder.
        """
        return self._lists.listing(job)

    def newest(self, job: str, count: int, *, linked: bool = True) -> list[ListedBuild]:
        """Return the newest builds of a job; with `linked`, also whether each has our link."""
        return self._lists.listing(job, count, linked=linked)

    def listings(self, newest: int, within: str = "") -> dict[str, list[ListedBuild]]:
        """Return jobs by full name with their newest builds, newest first, in one request.

        These are all jobs, or with `within` those of a folder, or one job; NotFound for none.
        """
        return self._lists.listings(newest, within)

    def next_numbers(self, within: str = "") -> dict[str, int]:
        """Return the jobs that `listings` would return, with the numbers of their next builds."""
        return self._lists.next_numbers(within)

    def branches(self, project: str) -> dict[str, ListedBranch]:
        """Return the branches of a multibranch project by the names of their jobs; NotFound."""
        return self._lists.branches(project)

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at positions `start` to `end` - 1 of the list of builds.

        Newest first, with all metadata, in one request. A family is a build followed by the
        builds of its matrix configurations; runs reused from earlier builds are in their families.

        Raises
        ------
        NotFound, IsFolder
            There is no such job, or it is a folder.
        """
        families = self._lists.page(job, start, end)
        return families if start else self._settled(families)  # only new ones have just ended

    def family(self, id: BuildId) -> list[Build]:
        """Return a build, followed by the builds of its matrix configurations.

        Raises
        ------
        BuildMissing
            The job has no such build, or no longer.
        """
        return self._settled([self._lists.family(id)])[0]

    def _settled(self, families: list[list[Build]]) -> list[list[Build]]:
        return settled(families, self._lists.family, self._sleep, self._clock)

    def description(self, build: BuildId) -> str | None:
        """Return the raw text of a build's description."""
        text = self._lookup.of_build(build, "description").get("description")
        return text if isinstance(text, str) else None

    def describe(self, build: BuildId, text: str) -> None:
        """Set a build's description; works while the build is running, too.

        Raises
        ------
        JenkinsError
            `text` is empty: that would delete what somebody wrote.
        PermissionMissing
            The user needs Run/Update.
        """
        if not text.strip():
            raise JenkinsError(f"The description of {build} is not set: the new text is empty.")
        path = self._lookup.build_path(build)
        form = {"description": text}
        try:
            self._transport.submit(f"{path}/submitDescription", form, leads_to=path)
        except NotFound as error:
            raise self._lookup.explain_missing(build) from error

    def may_describe(self, build: BuildId) -> bool:
        """Return whether this user may set the description, as the build's page shows."""
        self._lookup.of_build(build, "number")
        return "description-link" in self._transport.get_page(self._lookup.build_path(build) + "/")

    def formatted(self, text: str) -> str:
        """Return the HTML that Jenkins' markup formatter makes of a text; nothing is stored."""
        return self._transport.post_page("markupFormatter/previewDescription", {"text": text})

    def download(
        self, build: BuildId, artifact: Artifact, to: Path, limit: int, kept: Path | None = None
    ) -> int:
        """Stream an artifact to the file `to` and return its bytes.

        The file appears when it is complete; a transfer that breaks off is retried. A copy is left
        in the folder `kept`, and used instead of a transfer when Jenkins says that the artifact
        has not changed.

        Raises
        ------
        DocumentError
            It has more than `limit` bytes, or its path leads out of the build's archive.
        BuildMissing
            The build is gone, perhaps together with its job.
        NotFound
            The build exists, but the artifact does not, or no longer.
        """
        path = f"{self._lookup.build_path(build)}/artifact/{_checked(artifact)}"
        try:
            return self._transport.download(path, to, limit, kept)
        except NotFound as error:
            self._check_presence(build)
            raise NotFound(
                f"{build} has no artifact {artifact.path!r}, or no longer: Jenkins may have "
                "discarded it."
            ) from error

    def _check_presence(self, build: BuildId) -> None:
        """Raise BuildMissing if the build or its whole job does not exist."""
        try:
            self._lookup.of_build(build, "number")
        except BuildMissing:
            raise
        except NotFound as error:
            raise BuildMissing(str(error)) from error


def _checked(artifact: Artifact) -> str:
    try:
        return artifact_path(artifact.path)
    except ValueError as error:
        raise DocumentError(f"has a path that leads out of the build's archive: {error}") from error
