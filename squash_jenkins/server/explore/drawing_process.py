"""Start the process that draws when Explore is first used: its imports take seconds."""

import asyncio
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from anyio import to_thread

from squash_jenkins.config import Settings
from squash_jenkins.errors import ResourceError
from squash_jenkins.server.explore.offers import Offers
from squash_jenkins.server.services import Services
from squash_jenkins.server.signin.networks import network_of

_LOG = logging.getLogger(__name__)
MOST = 100
"""Pages that may be open at once, per process of the server."""
MOST_OF_ADDRESS = 20
"""Pages per client address."""
_START_SECONDS = 120.0
_END_SECONDS = 5.0


class OpenPages:
    """Counts the open pages; must be used from one event loop."""

    def __init__(self, most: int = MOST, most_of_address: int = MOST_OF_ADDRESS) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._open: Counter[str] = Counter()

    def free(self, address: str) -> bool:
        """Return whether another page may be opened from an address."""
        mine = self._open[network_of(address)]
        return mine < self._most_of_address and self._open.total() < self._most

    @contextmanager
    def taken(self, address: str) -> Iterator[None]:
        """Count a page of an address as open."""
        network = network_of(address)
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            self._open += Counter()  # drops zero counts


class DrawingProcess:
    """The process that draws; must be used from one event loop."""

    def __init__(self, services: Services) -> None:
        self.offers = Offers(services.store, services.settings.controller_names)
        self.places = OpenPages()
        self._settings = services.settings
        self._lock = asyncio.Lock()
        self._process: BaseProcess | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    async def socket(self) -> str:
        """Return the Unix socket of Bokeh's server; start its process if needed.

        Raises
        ------
        ResourceError
            When the process does not start.

        """
        async with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="explore-")
            path = Path(self._folder.name) / "socket"
            if self._process is None or not self._process.is_alive():
                if self._process is not None:
                    _LOG.warning("Explore's process ended (exit code %s)", self._process.exitcode)
                path.unlink(missing_ok=True)
                self._process = await to_thread.run_sync(_started, self._settings, str(path))
            return str(path)

    async def end(self) -> None:
        """Stop the process, and all pages with it."""
        async with self._lock:
            if self._process is not None:
                await to_thread.run_sync(_end, self._process)
                self._process = None
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None


def _started(settings: Settings, path: str) -> BaseProcess:
    """Start the process and wait until it listens."""
    context = get_context("spawn")  # this process has threads, which a fork would lose
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_run, args=(settings, path, theirs), name="explore", daemon=True
    )
    process.start()
    theirs.close()
    with mine:
        if mine.poll(_START_SECONDS):
            try:
                mine.recv()
                return process
            except EOFError:
                pass  # it has ended, and its log says why
    _end(process)
    raise ResourceError("Explore could not be started; the server's log says why.")


def _run(*given: object) -> None:
    """Run in the new process, the only one that imports the drawing libraries."""
    import_module("squash_jenkins.server.explore.bokeh_process").run(*given)


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
