"""Read the builds of the queue, as the command post-build does, in threads beside the answers."""

import logging
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from squash_jenkins.config import Settings
from squash_jenkins.errors import (
    JenkinsError,
    NotFound,
    PermissionMissing,
    SettingsError,
    SquashError,
    StoreError,
)
from squash_jenkins.models import BuildId
from squash_jenkins.plugins import Plugins
from squash_jenkins.reliability.backoff import delay
from squash_jenkins.server.http.problems import problem_of
from squash_jenkins.server.supervised import SupervisedThread
from squash_jenkins.store.service.build_queue import CLAIM_SECONDS, BuildQueue, QueuedBuild
from squash_jenkins.text.numbers import counted

if TYPE_CHECKING:
    from squash_jenkins.ingest.outcome import Outcome

_LOG = logging.getLogger(__name__)
THREADS = 2
"""So many builds of each controller are read at once: none waits for the Jenkins of another."""
_LOOK = 2.0
"""Seconds after which a thread looks for what other processes queued or gave up."""
_RENEW = CLAIM_SECONDS / 4
_FIRST, _LONGEST = 5.0, 600.0
"""Seconds until a build is tried again: they double with each try."""
_MISSING = 5
"""A build that Jenkins does not have is asked for so often: it may be starting, or hide it."""
_KEPT = timedelta(days=30)
"""What ended is told for so long."""
_GIVEN_UP = timedelta(days=14)
"""After so long a build that is never over, or a Jenkins that is never there, is given up."""


class QueueWorkers:
    """Take builds from the queue and read them."""

    def __init__(self, settings: Settings, plugins: Plugins, queue: BuildQueue) -> None:
        self._settings = settings
        self._plugins = plugins
        self._queue = queue
        self._told = threading.Event()
        self._ending = threading.Event()
        count = THREADS * max(1, len(settings.controllers))
        works = [(f"build queue {number}", self._run) for number in range(count)]
        works.append(("claims of the build queue", self._hold))
        self.threads = [SupervisedThread(name, work, self._ending) for name, work in works]
        self._held: dict[int, QueuedBuild] = {}
        self._holding = threading.Lock()

    def soon(self) -> None:
        """Say that a build was queued."""
        self._told.set()

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """End after the builds in hand; one that takes longer is taken over by the next start."""
        self._ending.set()
        self._told.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _hold(self) -> None:
        """Renew the claims of what is being read, however long that takes."""
        while not self._ending.wait(_RENEW):
            with self._holding:
                try:
                    for key, row in self._held.items():
                        self._held[key] = self._queue.renew(row, datetime.now(UTC))
                except StoreError as error:
                    _LOG.warning("The queue of builds cannot be written: %s", error)

    def _let_go(self, row: QueuedBuild) -> QueuedBuild:
        """Return the newest row of a build that is no longer being read."""
        with self._holding:
            return self._held.pop(row.key, row)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                row = self._claim()
            except StoreError as error:
                _LOG.warning("The queue of builds cannot be read: %s", error)
                row = None
            if row is None:
                self._told.wait(_LOOK)
                self._told.clear()
                continue
            try:
                self.read(row)
            except StoreError as error:
                _LOG.warning("What became of %s is not noted: %s", row.id, error)

    def _claim(self) -> QueuedBuild | None:
        """Return a build to read, of a controller of which not enough others are in hand."""
        with self._holding:
            busy = Counter(row.controller for row in self._held.values())
            full = [name for name, builds in busy.items() if builds >= THREADS]
            row = self._queue.claim(datetime.now(UTC), full)
            if row is not None:
                self._held[row.key] = row
        return row

    def read(self, row: QueuedBuild) -> None:
        """Read a claimed build and note what became of it."""
        with self._holding:
            self._held[row.key] = row
        try:
            self._read(row)
        finally:
            self._let_go(row)  # whatever happened: else its claim would be renewed for ever

    def _read(self, row: QueuedBuild) -> None:
        try:
            outcome = self._post_build(row.id)
        except (NotFound, PermissionMissing) as error:
            self._again(row, str(error), row.tries < _MISSING)
        except (JenkinsError, SettingsError) as error:
            self._again(row, str(error))
        except StoreError as error:
            self._again(row, problem_of(error).detail)
        except SquashError as error:
            self._queue.fail(self._let_go(row), str(error), datetime.now(UTC))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - of a build or a plug-in
            _LOG.exception("%s could not be read", row.id)
            self._again(row, f"{type(error).__name__}: the server's log tells more.")
        else:
            self._note(row, outcome)

    def _post_build(self, id: BuildId) -> "Outcome":
        from squash_jenkins.ingest.pipeline import post_build
        from squash_jenkins.jenkins.client import JenkinsClient

        # The queue tries again: no thread waits for a Jenkins that does not answer.
        controller = self._settings.controller(id.controller)
        with JenkinsClient(controller, attempts=1, stopped=self._ending) as client:
            return post_build(self._settings, self._plugins, client, id, wait=0)

    def _note(self, row: QueuedBuild, outcome: "Outcome") -> None:
        for warning in outcome.warnings:
            _LOG.warning("%s: %s", row.id, warning)
        if any(record.build.provisional for record in outcome.records):
            self._again(row, "It is still running: what is there is stored, as provisional.")
            return
        measured = sum(
            len(report.measurements) for record in outcome.records for report in record.reports
        )
        kept = "kept for later" if outcome.spooled else "stored"
        now = datetime.now(UTC)
        self._queue.finish(
            self._let_go(row),
            f"{counted(measured, 'measurement')} {'is' if measured == 1 else 'are'} {kept}.",
            now,
        )
        self._queue.forget(now - _KEPT)

    def _again(self, row: QueuedBuild, why: str, hope: bool = True) -> None:
        """Have a build tried again later, or give it up."""
        now = datetime.now(UTC)
        if not hope or now - row.created > _GIVEN_UP:
            _LOG.warning("%s is not read: %s", row.id, why)
            self._queue.fail(self._let_go(row), why, now)
            return
        seconds = delay(row.tries, _FIRST, _LONGEST)
        self._queue.put_back(self._let_go(row), why, now + timedelta(seconds=seconds))
