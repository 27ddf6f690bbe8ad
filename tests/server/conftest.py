"""Give tests a live server that runs: the real one, on a free port of the loopback, in a thread."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from squash_jenkins.config import Settings
from squash_jenkins.plugins import Plugins
from squash_jenkins.server import create_app
from squash_jenkins.server.running import configuration
from squash_jenkins.store import Store
from tests import databases

_SECONDS = 60.0
"""So long a start or an end may take on a slow machine."""


class _Server(uvicorn.Server):
    """Say when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@dataclass
class Running:
    """Hold a server that runs; `url` has no slash at its end."""

    settings: Settings
    app: FastAPI
    uvicorn: uvicorn.Server
    thread: threading.Thread

    @property
    def port(self) -> int:
        return int(self.uvicorn.servers[0].sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.settings.server.root_path}"

    @property
    def store(self) -> Store:
        """The server's own store; what is saved through it is seen as what others save."""
        found: Store = self.app.state.services.store
        return found

    def find_findings(self) -> None:
        """Say that something was written, as routes do, and wait for what the thread finds."""
        self.app.state.services.refresh.soon()
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            with self.store.reader() as reader:
                if reader.findings.find():
                    return
            time.sleep(0.05)
        raise AssertionError("nothing was found: the server's log tells why")

    def stop(self) -> None:
        """End it as a signal does; may be called again."""
        self.app.state.services.changes.end()  # as `serve` does at a signal
        self.uvicorn.should_exit = True
        self.thread.join(_SECONDS)
        assert not self.thread.is_alive(), "the server did not end"


def run(app: FastAPI, settings: Settings, port: int = 0, patience: int = 3) -> Running:
    """Start a server in a thread and wait until it listens; `patience` is for its end."""
    config = configuration(app, settings, port=port, timeout_graceful_shutdown=patience)
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="server under test", daemon=True)
    thread.start()
    assert server.listens.wait(_SECONDS), "the server did not start: its log tells why"
    return Running(settings, app, server, thread)


@pytest.fixture
def server(tmp_path: Path, plugins: Plugins) -> Iterator[Callable[..., Running]]:
    """Return a function that starts servers, all ended with the test.

    Keywords are settings; without any, the database, the tables and the pages lie in `tmp_path`.
    With `port` it listens there, as a server does that is started again. With `parts` these make
    up the server, else all that it has. `patience` are the seconds that it waits for connections
    at its end.
    """
    running: list[Running] = []

    def start(*, port: int = 0, parts: Any = None, patience: int = 3, **settings: Any) -> Running:
        given = {
            "folder": tmp_path,
            "database": databases.url_of(tmp_path),
            "controllers": {"main": {"url": "https://ci.example.org/"}},
        }
        made = Settings(**{**given, **settings}).resolved()
        chosen = {} if parts is None else {"parts": parts}
        running.append(run(create_app(made, plugins, **chosen), made, port, patience))
        return running[-1]

    yield start
    for each in reversed(running):
        each.stop()


@pytest.fixture
def access_line() -> Iterator[Callable[[], str]]:
    """Return a function that waits for the next line of the access log: it follows the answer."""
    lines: queue.Queue[str] = queue.Queue()
    handler = logging.Handler()
    handler.emit = lambda record: lines.put(record.getMessage())  # type: ignore[method-assign] # of this one handler
    logger = logging.getLogger("squash_jenkins.access")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield lambda: lines.get(timeout=_SECONDS)
    logger.removeHandler(handler)
    logger.setLevel(before)
