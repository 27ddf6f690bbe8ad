"""Find, round after round, the builds of one Jenkins that are over and not stored as final."""

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
"""Seconds after which the whole list of a job is requested again."""


_Key = tuple[int, datetime]


@dataclass(slots=True)
class Poller:
    """The missing builds of one Jenkins, also those that a list of the newest builds lacks.

    Neither permalinks nor the highest number seen so far decide anything: permalinks stay wrong
    after a crash, and builds end out of order.

    Parameters
    ----------
    client
        The Jenkins.
    jobs
        The watched jobs and their newest builds.
    log
        Takes messages.
    backoff
        Knows which builds could not be read, and when to try them again.
    clock
        Returns the seconds since some moment.

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
        """Return the builds to ingest now, job by job, the oldest first.

        The whole list is requested of jobs whose newest builds may not be enough. Builds that were
        running when last seen or stored, and are no longer among the newest, are looked up one by
        one; `closed` counts those that Jenkins has lost, which become final as they are stored.

        Raises
        ------
        Unreachable, SignInRefused
            Jenkins no longer answers.
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
        """Return the jobs whose newest builds may not include all missing ones, and what is stored.

        These are jobs that were not listed as a whole in this run (or for a day), and jobs whose
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
            known_build = self._is_known(reader, job, oldest) or oldest.running
            if (
                not known_build
                or self.clock() - self._listed_whole.get(job, float("-inf")) > _LIST_WHOLE_EVERY
            ):
                short[job] = reader.builds.stored(name, job)
        return short

    def _is_known(self, reader: Reader, job: str, build: ListedBuild) -> bool:
        """Return whether a build is stored, or could not be read and will be tried again."""
        name = self.client.name
        stored = reader.builds.stored(name, job, [build.number])
        failed = self.backoff.failed((BuildId(name, job, build.number), build.started))
        return (build.number, build.started) in stored or failed

    def _introduce(self, job: str) -> None:
        self._listed_whole[job] = self.clock()
        self.log(
            f"{job} is new: its newest {self.jobs.newest} builds are ingested; "
            f"`{command_line('backfill', job)}` ingests the older ones."
        )

    def _list_whole(
        self, job: str, stored: Mapping[_Key, bool], listings: dict[str, list[ListedBuild]]
    ) -> None:
        """Replace the newest builds of a job by all from the first stored one on."""
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
        """Return the builds that were running when last seen and are no longer listed."""
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
        """Return whether an unlisted build can be ingested; close one that is lost."""
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
        if found.started != started:  # the job was created anew and counts from 1 again
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
    """Return the builds from the first stored one on: older ones do not count as missing.

    Numbers decide which is older, as clocks may be wrong; of a re-created job, all builds count.
    """
    known = [each.number for each in listed if (each.number, each.started) in stored]
    if known:
        return [each for each in listed if each.number >= min(known)]
    first = min((started for _, started in stored), default=None)
    return [each for each in listed if first is None or each.started >= first]
