"""After writes, detect findings, send notifications and rebuild the pages, in the background."""

import logging
import threading
import time
from collections.abc import Callable

from squash_jenkins.config import Settings
from squash_jenkins.errors import SquashError
from squash_jenkins.plugins import Plugins
from squash_jenkins.server.supervised import SupervisedThread
from squash_jenkins.store import Store

_LOG = logging.getLogger(__name__)
_LONGEST_REST = 10.0
"""Seconds; the thread pauses as long as its work took, up to this, so that requests get a turn."""


class Refresh:
    """One thread that does what follows from writes, once for all writes that came meanwhile."""

    def __init__(self, settings: Settings, plugins: Plugins, store: Store) -> None:
        self._work = lambda: _refresh(settings, plugins, store)
        self._due = threading.Event()
        self._ending = threading.Event()
        self.thread = SupervisedThread("refresh", self._run, self._ending)

    def soon(self) -> None:
        """Report that something was written; returns at once."""
        self._due.set()

    def start(self) -> None:
        """Start the thread."""
        self._ending.clear()
        self.thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Stop the thread after its current run; the next start does what is still due."""
        self._ending.set()
        self._due.set()
        self.thread.join(seconds)

    def _run(self) -> None:
        while True:
            self._due.wait()
            if self._ending.is_set():
                return
            self._due.clear()
            began = time.monotonic()
            _log_errors(self._work)
            self._ending.wait(min(time.monotonic() - began, _LONGEST_REST))


def _refresh(settings: Settings, plugins: Plugins, store: Store) -> None:
    from squash_jenkins.ingest.publish import (  # also imports the Jenkins client
        rebuild_pages,
        send_notifications,
    )

    built = rebuild_pages(settings, plugins, store)
    for fault in [*built.faults, *send_notifications(settings, store)]:
        _LOG.warning("%s", fault)


def _log_errors(work: Callable[[], None]) -> None:
    """Do the work; an error is logged, and the next write tries again."""
    try:
        work()
    except (SquashError, OSError) as error:
        _LOG.error("The pages were not rebuilt: %s The next write tries again.", error)
    except Exception:  # noqa: BLE001 - plug-ins run here; the server keeps running
        _LOG.exception("The pages were not rebuilt. The next write tries again.")
