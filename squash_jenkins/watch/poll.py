"""Find, round after round, the builds of one Jenkins that are done and not stored as final."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from squash_jenkins.errors import BuildMissing, JenkinsError, NotFound, SignInRefused, Unreachable
from squash_jenkins.ingest.catch_up import Missed, missing, unfinished
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId, ListedBuild
from squash_jenkins.reliability.backoff import Backoff
from squash_jenkins.store import Reader, Store
from squash_jenkins.text.command_line import command_line
from squash_jenkins.watch.new_builds import MovedJobs

_LIST_WHOLE_EVERY = 86_400.0
"""Seconds after which the whole list of a job is looked through again."""


_Key = tuple[int, datetime]


@dataclass(slots=True)
class Poller:
    """Remember of one Jenkins what a list of the newest builds does not tell.

    Neither permalinks nor the highest number that was seen decide anything: permalinks stay
    wrong after a crash, and builds end out of order.

    Parameters
    ----------
    client
        The Jenkins.
    jobs
        Tells which jobs are followed, and their newest builds.
    log
        Takes sentences.
    backoff
        Knows which builds could not be read, and when they are due again.
    clock
        Tells the seconds since some moment.

    """

    client: JenkinsClient
    jobs: MovedJobs
    log: Callable[[str], None]
    backoff: Backoff
    clock: Callable[[], float] = time.monotonic
    closed: int = 0
    _listed_whole: dict[str, float] = field(default_factory=dict)
    _running: set[Missed] = field(default_factory=set)

    def wanted(self, store: Store, listings: dict[str, list[ListedBuild]]) -> list[Missed]:
        """Return the builds that are to be taken in now, job by job, the oldest first.

        Of jobs whose list is too short to tell, the whole list is asked for; builds that ran, or
        were stored while they ran, and are not among the newest any more are looked up one by
        one. `closed` counts those that Jenkins has lost: what is stored of them is final then.

        Raises
        ------
        Unreachable, SignInRefused
            Jenkins does not answer any more.
        StoreError
            The database cannot be used.

        """
        with store.reader() as reader:
            short = self._short(reader, listings)
        for job, stored in short.items():
            self._list_whole(job, stored, listings)
        with store.reader() as reader:
            found = [
                (BuildId(self.client.name, job, each.number), each.started)
                for job, listed in listings.items()
                for each in missing(reader, self.client.name, job, listed)
            ]
            unlisted = self._unlisted(reader, listings)
        self._listed_whole = {
            job: when for job, when in self._listed_whole.items() if job in listings
        }
        self.backoff.retain({*found, *unlisted, *listings, *self.jobs.watched})
        found += [
            each for each in unlisted if self.backoff.due(each) and self._has_ended(store, each)
        ]
        return [each for each in found if self.backoff.due(each)]

    def _short(
        self, reader: Reader, listings: dict[str, list[ListedBuild]]
    ) -> dict[str, Mapping[_Key, bool]]:
        """Return the jobs whose newest builds may hide missed ones, and what is stored of them.

        That are those of which nothing was looked at in this run (or for a day), and those whose
        oldest listed build is not stored, as after a long absence.
        """
        name = self.client.name
        known = {row.name for row in reader.builds.jobs() if row.controller == name}
        short: dict[str, Mapping[_Key, bool]] = {}
        for job, listed in listings.items():
            if len(listed) < self.jobs.newest:
                continue
            if job not in known:
                self._introduce(job)
                continue
            oldest = listed[-1]
            met = self._met(reader, job, oldest) or oldest.running
            if (
                not met
                or self.clock() - self._listed_whole.get(job, float("-inf")) > _LIST_WHOLE_EVERY
            ):
                short[job] = reader.builds.stored(name, job)
        return short

    def _met(self, reader: Reader, job: str, build: ListedBuild) -> bool:
        """Tell whether a build is stored, or could not be read and is tried again by itself."""
        name = self.client.name
        stored = reader.builds.stored(name, job, [build.number])
        failed = self.backoff.failed((BuildId(name, job, build.number), build.started))
        return (build.number, build.started) in stored or failed

    def _introduce(self, job: str) -> None:
        self._listed_whole[job] = self.clock()
        self.log(
            f"{job} is new here: its newest {self.jobs.newest} builds are taken in; "
            f"`{command_line('backfill', job)}` takes in the older ones."
        )

    def _list_whole(
        self, job: str, stored: Mapping[_Key, bool], listings: dict[str, list[ListedBuild]]
    ) -> None:
        """Replace the newest builds of a job by all of them from the first stored one on."""
        if not self.backoff.due(job):
            return
        try:
            listed = self.client.listing(job)
        except (Unreachable, SignInRefused):
            raise
        except NotFound:
            return  # deleted or renamed since it was listed
        except JenkinsError as error:
            self.backoff.fail(job, f"{job} cannot be listed: {error}")
            return
        self.backoff.succeed(job)
        self._listed_whole[job] = self.clock()
        listings[job] = _since_first(listed, stored)

    def _unlisted(self, reader: Reader, listings: dict[str, list[ListedBuild]]) -> list[Missed]:
        """Return the builds that ran when they were last seen and are not listed any more."""
        name = self.client.name
        listed = {
            (BuildId(name, job, each.number), each.started): each.running
            for job, builds in listings.items()
            for each in builds
        }
        dropped = {
            (id, started)
            for id, started in self._running - listed.keys()
            if id.job in listings
            and not reader.builds.stored(name, id.job, [id.number]).get((id.number, started))
        }
        self._running = dropped | {build for build, running in listed.items() if running}
        return sorted(dropped.union(unfinished(reader, name, listings)))

    def _has_ended(self, store: Store, build: Missed) -> bool:
        """Tell whether a build that is not listed any more can be taken in; settle a lost one."""
        id, started = build
        try:
            found = self.client.build(id)
        except (Unreachable, SignInRefused):
            raise
        except BuildMissing:
            self._close(store, build)
            return False
        except JenkinsError as error:
            self.backoff.fail(build, f"{id} cannot be looked up: {error}")
            return False
        if found.started != started:  # of a job that was created anew and counts from 1 again
            self._close(store, build)
            return False
        if found.provisional:
            self.backoff.postpone(build)
            return False
        self.backoff.succeed(build)
        return True

    def _close(self, store: Store, build: Missed) -> None:
        self._running.discard(build)
        self.closed += store.close_lost(*build)


def _since_first(listed: Sequence[ListedBuild], stored: Mapping[_Key, bool]) -> list[ListedBuild]:
    """Return the builds from the first stored one on: what is older is nobody's miss.

    Numbers tell which is older, for clocks may be wrong; of a job that was made anew, all counts.
    """
    known = [each.number for each in listed if (each.number, each.started) in stored]
    if known:
        return [each for each in listed if each.number >= min(known)]
    first = min((started for _, started in stored), default=None)
    return [each for each in listed if first is None or each.started >= first]
