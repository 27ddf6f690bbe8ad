"""Hold what the technote sends, and ways to see what is stored."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from squash_jenkins.config import Settings
from squash_jenkins.plugins import Plugins
from squash_jenkins.server import create_app
from tests import databases
from tests.server.conftest import run

METRIC = {
    "metric": "PA1",
    "description": "Photometric Repeatability",
    "units": "millimag",
    "minimum": "8",
    "design": "5",
    "stretch": "3",
    "user": "10",
}
JOB: dict[str, Any] = {
    "name": "ci_cfht",
    "build": "1",
    "runtime": "2016-04-24T19:26:12.561564Z",
    "url": "https://ci.lsst.codes/job/ci_cfht/1/",
    "status": 0,
    "measurements": [{"metric": "PA1", "value": 5.0}],
}


def values(api: Any, controller: str, job: str, number: int) -> dict[str, float | None]:
    """Return what a build measured by metric."""
    with api.store.reader() as reader:
        row = reader.builds.find(controller, job, number)
        assert row is not None, f"{job} #{number} is not stored"
        return {each.metric: each.value for each in reader.measurements.of_builds([row.key])}


def job(number: int = 1, name: str = "ci_cfht", **more: Any) -> dict[str, Any]:
    """Return a job of the technote with another number, and what else is given."""
    moment = f"2016-04-{1 + number % 28:02}T19:26:12Z"
    url = f"https://ci.lsst.codes/job/{name}/{number}/"
    return {**JOB, "name": name, "build": str(number), "runtime": moment, "url": url, **more}


class Client:
    """Ask a server that runs; `running` is what the fixture `server` starts."""

    def __init__(self, running: Any, headers: Mapping[str, str] | None = None) -> None:
        self.running = running
        self.store = running.store
        self._session = requests.Session()
        self._session.headers.update(headers or {})

    def post(self, path: str, **what: Any) -> requests.Response:
        """Send something."""
        return self._session.post(f"{self.running.url}{path}", timeout=60, **what)

    def get(self, path: str, **what: Any) -> requests.Response:
        """Ask for something."""
        return self._session.get(f"{self.running.url}{path}", timeout=60, **what)

    def put(self, path: str, **what: Any) -> requests.Response:
        """Put something in the place of what is there."""
        return self._session.put(f"{self.running.url}{path}", timeout=60, **what)

    def delete(self, path: str, **what: Any) -> requests.Response:
        """Take something back."""
        return self._session.delete(f"{self.running.url}{path}", timeout=60, **what)

    def head(self, path: str) -> requests.Response:
        """Ask for the headers of something."""
        return self._session.head(f"{self.running.url}{path}", timeout=60)

    def values(self, controller: str, job: str, number: int) -> dict[str, float | None]:
        """Return what a build measured by metric."""
        return values(self.running, controller, job, number)


@contextmanager
def serving(folder: Path, plugins: Plugins, **settings: Any) -> Iterator[Client]:
    """Start a server for all tests of a module, which use different names, and ask it."""
    given = {
        "folder": folder,
        "database": databases.url_of(folder),
        "controllers": {"main": {"url": "https://ci.example.org/"}},
    }
    made = Settings(**{**given, **settings}).resolved()
    running = run(create_app(made, plugins), made)
    try:
        yield Client(running)
    finally:
        running.stop()
