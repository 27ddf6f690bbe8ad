"""Ask one Jenkins which of the watched jobs have new builds, and list the newest builds of those.

One light request returns the newest build of each job. A job is only listed when that build is
another than before, or while builds of the job run.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from squash_jenkins.errors import (
    JenkinsError,
    NotFound,
    SignInRefused,
    UnexpectedAnswer,
    Unreachable,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import ListedBuild
from squash_jenkins.reliability.backoff import Backoff

_SIGNS = frozenset("*?[")
_SILENT = 2
"""Jobs in a row without an answer after which it is Jenkins that does not answer."""
_Head = list[ListedBuild] | int
"""What shows whether a job has new builds: its newest build, in a list that may be empty, or, where
that breaks Jenkins' answer, the number of its next build."""
_Heads = dict[str, _Head]


def places(globs: Sequence[str]) -> list[str]:
    """Return the folders and single jobs that contain every job that globs may match; "" is all."""
    found: set[str] = set()
    for glob in globs:
        parts = glob.split("/")
        plain = next((at for at, part in enumerate(parts) if _SIGNS & set(part)), len(parts))
        found.add("/".join(parts[:plain]))
    return [place for place in sorted(found) if not any(_holds(each, place) for each in found)]


def _holds(folder: str, place: str) -> bool:
    return folder != place and (not folder or place.startswith(f"{folder}/"))


@dataclass(slots=True)
class MovedJobs:
    """The watched jobs of one Jenkins with their newest builds.

    Parameters
    ----------
    client, globs, newest, backoff
        As in `poll.Poller`.
    stopped
        When it is set, no further job is listed.

    """

    client: JenkinsClient
    globs: Sequence[str]
    newest: int
    backoff: Backoff
    stopped: threading.Event = field(default_factory=threading.Event)
    _heads: _Heads = field(default_factory=dict)
    _listings: dict[str, list[ListedBuild]] = field(default_factory=dict)

    def ask(self) -> dict[str, list[ListedBuild]]:
        """Return the watched jobs with their newest builds, newest first.

        Raises
        ------
        Unreachable, SignInRefused
            Jenkins does not answer.

        """
        heads = self._ask_heads()
        self._listings = {job: each for job, each in self._listings.items() if job in heads}
        silent = 0
        for job in [job for job, head in heads.items() if self._has_moved(job, head)]:
            if self.stopped.is_set():
                break
            try:
                self._list(job, heads[job])
                silent = 0
            except Unreachable as error:
                silent += 1
                if silent >= _SILENT:
                    raise
                advice = "A lower watch_newest or a longer timeout for the controller may help."
                self.backoff.fail(job, f"{job} cannot be listed: {error} {advice}")
        return {
            job: self._listings.get(job, head if isinstance(head, list) else [])
            for job, head in heads.items()
        }

    def forget(self, job: str) -> None:
        """Have a job listed again: a build that was listed may be deleted."""
        self._heads.pop(job, None)

    @property
    def watched(self) -> list[str]:
        """Return the keys under which `backoff` knows failures of folders."""
        return [f"{place}/" for place in places(self.globs)]

    def _ask_heads(self) -> _Heads:
        found: _Heads = {}
        missing: list[NotFound] = []
        asked = places(self.globs)
        for place in asked:
            try:
                found |= self._heads_in(place)
            except NotFound as error:
                if not place:
                    raise
                missing.append(error)
                self.backoff.fail(f"{place}/", f"{place} of watch_jobs does not exist. {error}")
        if missing and len(missing) == len(asked):
            raise missing[0]
        return {j: h for j, h in found.items() if any(fnmatchcase(j, g) for g in self.globs)}

    def _heads_in(self, place: str) -> _Heads:
        """Return what shows of the jobs in a folder whether they have new builds."""
        try:
            return dict(self.client.listings(1, place))
        except UnexpectedAnswer:
            return dict(self.client.next_numbers(place))
        except Unreachable as error:
            where = f"the jobs in {place}" if place else "all jobs"
            raise Unreachable(
                f"{error} The request was for the newest builds of {where}: name fewer folders or "
                "jobs in watch_jobs, or set a longer timeout for the controller."
            ) from error

    def _has_moved(self, job: str, head: _Head) -> bool:
        known = self._listings.get(job)
        if known is None or self._heads.get(job) != head:
            return True
        return any(build.running for build in known)

    def _list(self, job: str, head: _Head) -> None:
        """List the newest builds of a job; an error of one job is only logged."""
        if not self.backoff.due(job):
            return
        try:
            listed = self.client.newest(job, self.newest, linked=False) if head != [] else []
        except (Unreachable, SignInRefused):
            raise
        except NotFound:
            return  # deleted or renamed since it was listed
        except JenkinsError as error:
            self.backoff.fail(job, f"{job} cannot be listed: {error}")
            return
        self.backoff.succeed(job)
        self._heads[job], self._listings[job] = head, listed
