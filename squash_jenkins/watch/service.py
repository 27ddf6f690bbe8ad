"""Watch every Jenkins of the settings for ever: ingest the builds that are over and missing."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NewerDatabase, StoreError
from squash_jenkins.ingest.catch_up import Missed
from squash_jenkins.ingest.file_notes import notes
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.pipeline import ingest_builds
from squash_jenkins.ingest.publish import rebuild_pages
from squash_jenkins.ingest.saving import ingest_spool, open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.reliability.backoff import Backoff
from squash_jenkins.text.numbers import counted
from squash_jenkins.watch.hourly_log import HourlyLog
from squash_jenkins.watch.new_builds import MovedJobs
from squash_jenkins.watch.poll import Poller

_BATCH = 50
"""Builds that are read before they are stored together and the pages rebuilt."""
_GIVEN_UP = 2
"""Unanswered requests for builds in a row after which it is Jenkins that does not answer."""
_FIRST_DELAY = 5.0
_TRIES = 3
_STORING = "storing"


@dataclass(slots=True)
class Round:
    """Counts of one round.

    `answered` and `silent` count controllers, `stored` and `failed` builds (a matrix build with
    its configurations is one). `storable` is False when builds cannot be stored.
    """

    answered: int = 0
    silent: int = 0
    stored: int = 0
    failed: int = 0
    storable: bool = True

    @property
    def complete(self) -> bool:
        """Return whether everything there was to do is done."""
        return self.storable and not self.silent and not self.failed

    @property
    def worked(self) -> bool:
        """Return whether anything of it is done."""
        return bool(self.stored) or (self.storable and self.answered > 0 and not self.failed)


class Watch:
    """A watch over some or all controllers of the settings.

    Parameters
    ----------
    settings, plugins
        Those at the start.
    log
        Takes messages.
    stopped
        Set it to have the watch finish the build in hand and end.
    names
        The short names of the controllers to watch; by default all, one after the other.
    every
        Seconds between two rounds; by default the setting ``watch_every``.
    clock
        Returns the seconds since some moment.

    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        log: Callable[[str], None],
        stopped: threading.Event,
        names: Sequence[str] = (),
        every: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.plugins = plugins
        self._stopped = stopped
        self._every = settings.watch_every if every is None else every
        self._clock = clock
        self._first = min(_FIRST_DELAY, self._every)
        self._log = log
        self._parts = Backoff(log, self._first, clock)
        self._hourly = HourlyLog(log, clock)
        self._pollers = [
            self._poller(name, log)
            for name in names or settings.controllers or [settings.controller().name]
        ]
        self._next = dict.fromkeys((poller.client.name for poller in self._pollers), clock())
        self._stale = True
        self._shown = 0, 0  # whoever stored something may have died before the pages were rebuilt

    def _poller(self, name: str, log: Callable[[str], None]) -> Poller:
        client = JenkinsClient(
            self.settings.controller(name),
            sleep=self._sleep,
            clock=self._clock,
            attempts=_TRIES,
            stopped=self._stopped,
        )
        backoff = Backoff(log, self._first, self._clock)
        globs, newest = self.settings.watch_jobs, self.settings.watch_newest
        jobs = MovedJobs(client, globs, newest, backoff, self._stopped)
        return Poller(client, jobs, log, backoff, self._clock)

    def _sleep(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def run(self) -> None:
        """Make rounds until the watch is stopped."""
        while not self._stopped.is_set():
            self.round()
            self._stopped.wait(self._pause())

    def _pause(self) -> float:
        """Return the seconds until something is due."""
        due = min(self._next.values()) - self._clock()
        return max(due, self._parts.left(_STORING), 0.0)

    def close(self) -> None:
        """Close the connections."""
        for poller in self._pollers:
            poller.client.close()

    def round(self) -> Round:
        """Ask each controller that is due, and ingest what is missing."""
        done = Round()
        self._prepare(done)
        for poller in self._pollers:
            if self._stopped.is_set() or not done.storable:
                break
            if self._next[poller.client.name] <= self._clock():
                self._follow(poller, done)
        if done.storable:
            self._parts.succeed(_STORING, "Builds can be stored again")
        return done

    def _prepare(self, done: Round) -> None:
        """Store what waits in the spool, and rebuild pages that are out of date."""
        try:
            with open_store_for(self.settings) as store:
                spooled = ingest_spool(self.settings, store)
                for id in spooled.saved:
                    self._log(f"{id} is stored; it was in the spool.")
                self._hourly.log_all(spooled.faults)
                with store.reader() as reader:
                    now = reader.revisions.newest(), reader.revisions.definitions()
                if self._stale or now != self._shown:
                    built = rebuild_pages(self.settings, self.plugins, store)
                    self._hourly.log_all([*self.plugins.faults, *built.faults])
                    self._stale, self._shown = False, now
        except (StoreError, OSError) as error:
            self._cannot_store(done, error)

    def _cannot_store(self, done: Round, error: StoreError | OSError) -> None:
        """Log why nothing can be stored now, and have it tried again later.

        Raises
        ------
        NewerDatabase
            Waiting does not help: the newer program must be started.

        """
        if isinstance(error, NewerDatabase):
            raise error
        done.storable = False
        text = str(error)
        if isinstance(error, OSError):
            where = error.filename or "the disk"
            text = (
                f"{where} cannot be written: {error.strerror}. Free some space, or give this user "
                "write permission."
            )
        self._parts.fail(_STORING, f"Builds cannot be stored: {text}")

    def _follow(self, poller: Poller, done: Round) -> None:
        """Ask one Jenkins for its builds, and ingest those that are missing."""
        name, begin, closed = poller.client.name, self._clock(), poller.closed
        try:
            listings = poller.jobs.ask()
            self._hourly.log_all(poller.client.faults)
            with open_store_for(self.settings) as store:
                wanted = poller.wanted(store, listings)
        except JenkinsError as error:
            self._lost(poller, done, str(error))
            return
        except StoreError as error:
            self._cannot_store(done, error)
            return
        done.answered += 1
        self._parts.succeed(name, f"Jenkins {name} answers again")
        self._next[name] = begin + self._every
        self._stale |= poller.closed > closed
        for start in range(0, len(wanted), _BATCH):
            if self._stopped.is_set() or not self._ingest(
                poller, wanted[start : start + _BATCH], done
            ):
                return

    def _lost(self, poller: Poller, done: Round, text: str) -> None:
        name = poller.client.name
        done.silent += 1
        self._parts.fail(name, text)
        self._next[name] = self._clock() + self._parts.left(name)

    def _ingest(self, poller: Poller, batch: Sequence[Missed], done: Round) -> bool:
        """Ingest some builds; return whether to go on with others."""
        outcome = Outcome()
        try:
            ids = self._while_useful(batch, outcome)
            ingest_builds(self.settings, self.plugins, poller.client, ids, outcome)
        except (StoreError, OSError) as error:
            self._cannot_store(done, error)
            return False
        if outcome.refused is not None:
            for path in outcome.spooled:
                path.unlink(missing_ok=True)  # they are read again, one by one
            return self._ingest_singly(poller, batch, done, outcome.refused)
        self._note(poller, batch, outcome, done)
        return done.storable and outcome.unreachable < _GIVEN_UP

    def _while_useful(self, batch: Sequence[Missed], outcome: Outcome) -> Iterator[BuildId]:
        """Yield the builds until the watch is stopped or Jenkins does not answer."""
        for id, _ in batch:
            if self._stopped.is_set() or outcome.unreachable >= _GIVEN_UP:
                return
            yield id

    def _ingest_singly(
        self, poller: Poller, batch: Sequence[Missed], done: Round, error: Exception
    ) -> bool:
        """Find out which build the store refuses, and ingest the others."""
        if len(batch) == 1:
            done.failed += 1
            poller.backoff.fail(batch[0], f"{batch[0][0]} is not stored: {error}")
            return True
        return all(self._stopped.is_set() or self._ingest(poller, [one], done) for one in batch)

    def _note(self, poller: Poller, batch: Sequence[Missed], outcome: Outcome, done: Round) -> None:
        """Log what became of builds, and schedule the next try of those that failed."""
        self._stale |= outcome.pages is None and bool(outcome.saved)
        unsaved = [each for each in outcome.records if each.build.id not in outcome.saved]
        if unsaved:
            done.storable = False
            self._parts.fail(_STORING, f"Builds cannot be stored: {' '.join(outcome.warnings)}")
        else:
            self._hourly.log_all(outcome.warnings)
        for record in outcome.records:
            if (saved := outcome.saved.get(record.build.id)) and saved.changed:
                self._log_record(record)
        self._note_builds(poller, batch, outcome, done)

    def _log_record(self, record: BuildRecord) -> None:
        measured = sum(len(report.measurements) for report in record.reports)
        reports = counted(len(record.reports), "report")
        self._log(f"{record.build.id} is stored: {reports}, {counted(measured, 'measurement')}.")
        self._hourly.log_all(notes([record]))

    def _note_builds(
        self, poller: Poller, batch: Sequence[Missed], outcome: Outcome, done: Round
    ) -> None:
        reasons = list(outcome.failed.items())
        silent = outcome.unreachable if outcome.unreachable >= _GIVEN_UP else 0
        failed = dict(reasons[: len(reasons) - silent])
        for id, started in batch:
            if id in failed:
                done.failed += 1
                poller.jobs.forget(id.job)
                poller.backoff.fail((id, started), f"{id} cannot be read: {failed[id]}")
            elif id in outcome.saved:
                done.stored += 1
                poller.backoff.succeed((id, started))
        if silent:
            self._lost(poller, done, reasons[-1][1])
