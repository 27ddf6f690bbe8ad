"""Ingest the builds of the queue, as the command post-build does, in background threads."""

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
"""Builds of each controller ingested at once, so that none waits for another controller."""
_LOOK = 2.0
"""Seconds after which a thread checks for builds that other processes queued or dropped."""
_RENEW = CLAIM_SECONDS / 4
_FIRST, _LONGEST = 5.0, 600.0
"""Seconds until a build is retried; they double with each try."""
_MISSING = 5
"""Tries for a build that Jenkins does not have: it may be starting, or be hidden from us."""
_KEPT = timedelta(days=30)
"""How long ended builds stay in the queue."""
_GIVEN_UP = timedelta(days=14)
"""After this, a build that never ends, or a Jenkins that is never reachable, is given up."""


class QueueWorkers:
    """Threads that take builds from the queue and ingest them; setting `woken` wakes them."""

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        queue: BuildQueue,
        woken: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._plugins = plugins
        self._queue = queue
        self._woken = woken or threading.Event()
        self._ending = threading.Event()
        count = THREADS * max(1, len(settings.controllers))
        works = [(f"build queue {number}", self._run) for number in range(count)]
        works.append(("claims of the build queue", self._hold))
        self.threads = [SupervisedThread(name, work, self._ending) for name, work in works]
        self._held: dict[int, QueuedBuild] = {}
        self._holding = threading.Lock()

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Stop after the current builds; one that takes longer is resumed after the next start."""
        self._ending.set()
        self._woken.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _hold(self) -> None:
        """Renew the claims of the builds in progress, however long they take."""
        while not self._ending.wait(_RENEW):
            with self._holding:
                try:
                    for key, row in self._held.items():
                        self._held[key] = self._queue.renew(row, datetime.now(UTC))
                except StoreError as error:
                    _LOG.warning("The queue of builds cannot be written: %s", error)

    def _let_go(self, row: QueuedBuild) -> QueuedBuild:
        """Release a build, and return its newest row."""
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
                self._woken.wait(_LOOK)
                self._woken.clear()
                continue
            try:
                self.read(row)
            except StoreError as error:
                _LOG.warning("The result for %s was not recorded: %s", row.id, error)

    def _claim(self) -> QueuedBuild | None:
        """Return a build to ingest, of a controller with fewer than `THREADS` in progress."""
        with self._holding:
            busy = Counter(row.controller for row in self._held.values())
            full = [name for name, builds in busy.items() if builds >= THREADS]
            row = self._queue.claim(datetime.now(UTC), full)
            if row is not None:
                self._held[row.key] = row
        return row

    def read(self, row: QueuedBuild) -> None:
        """Ingest a claimed build and record the result."""
        with self._holding:
            self._held[row.key] = row
        try:
            self._read(row)
        finally:
            self._let_go(row)  # whatever happened, or its claim would be renewed for ever

    def _read(self, row: QueuedBuild) -> None:
        try:
            outcome = self._post_build(row)
        except (NotFound, PermissionMissing) as error:
            self._retry(row, str(error), row.tries < _MISSING)
        except (JenkinsError, SettingsError) as error:
            self._retry(row, str(error))
        except StoreError as error:
            self._retry(row, problem_of(error).detail)
        except SquashError as error:
            self._queue.fail(self._let_go(row), str(error), datetime.now(UTC))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a build or plug-in raises
            _LOG.exception("%s could not be ingested", row.id)
            self._retry(row, f"{type(error).__name__}: see the server's log.")
        else:
            self._note(row, outcome)

    def _post_build(self, row: QueuedBuild) -> "Outcome":
        from squash_jenkins.ingest.pipeline import post_build
        from squash_jenkins.jenkins.client import JenkinsClient

        # The queue retries: no thread waits for a Jenkins that does not answer.
        controller = self._settings.controller(row.controller)
        with JenkinsClient(controller, attempts=1, stopped=self._ending) as client:
            return post_build(
                self._settings,
                self._plugins,
                client,
                row.id,
                wait=0,
                node=row.node,
                branch=row.branch,
            )

    def _note(self, row: QueuedBuild, outcome: "Outcome") -> None:
        for warning in outcome.warnings:
            _LOG.warning("%s: %s", row.id, warning)
        if any(record.build.provisional for record in outcome.records):
            self._retry(row, "Still running: stored as provisional.")
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

    def _retry(self, row: QueuedBuild, why: str, hope: bool = True) -> None:
        """Have a build retried later, or give it up."""
        now = datetime.now(UTC)
        if not hope or now - row.created > _GIVEN_UP:
            _LOG.warning("%s is not ingested: %s", row.id, why)
            self._queue.fail(self._let_go(row), why, now)
            return
        seconds = delay(row.tries, _FIRST, _LONGEST)
        self._queue.put_back(self._let_go(row), why, now + timedelta(seconds=seconds))
