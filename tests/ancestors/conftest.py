"""Give tests of the ancestors' faults a place that takes in builds, without a Jenkins."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.config.settings import ControllerSettings
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.pipeline import ingest_files
from squash_jenkins.ingest.publish import write_build
from squash_jenkins.models import Artifact, Build, BuildId
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Reader, open_store

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
ROOT = "https://ci.example.org/jenkins/"


@dataclass
class House:
    """Hold the settings of a site, and the means to take builds in and to look at them."""

    folder: Path
    settings: Settings
    plugins: Plugins

    def take_in(
        self, number: int, documents: Mapping[str, Any], job: str = "ci_hsc", **about: Any
    ) -> Outcome:
        """Take in a build as `squash-jenkins ingest` does; documents are JSON by path."""
        files = []
        for path, document in documents.items():
            file = self.folder / "archive" / job / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            # What is no number is written as Python does by default: the literal NaN.
            file.write_text(document if isinstance(document, str) else json.dumps(document))
            files.append(file)
        usual = {"started": START + timedelta(days=number), "result": "SUCCESS"}
        artifacts = [Artifact(path) for path in documents]
        build = Build(BuildId("main", job, number), artifacts=artifacts, **{**usual, **about})
        return ingest_files(self.settings, self.plugins, build, files)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Give a reader of the store."""
        with (
            open_store(self.settings.database, self.settings.blobs) as store,
            store.reader() as reader,
        ):
            yield reader

    def values(self, number: int, job: str = "ci_hsc") -> dict[tuple[str, str | None], Any]:
        """Return the values of a build by metric and filter."""
        with self.reading() as reader:
            build = reader.builds.find("main", job, number)
            assert build is not None
            filters = {report.key: report.filter for report in reader.contents.reports([build.key])}
            rows = reader.measurements.of_builds([build.key])
        found = {(row.metric, filters[row.report]): row.value for row in rows}
        assert len(found) == len(rows)
        return found

    def rows(self, query: str) -> list[Any]:
        """Ask the database."""
        with closing(sqlite3.connect(self.folder / "squash.sqlite")) as connection:
            return connection.execute(query).fetchall()

    def page(self, number: int, job: str = "ci_hsc") -> str:
        """Return the page of a build, and after it the one that says everything without scripts."""
        page = self.folder / f"site/jobs/{job}/{number}/index.html"
        made = write_build(self.settings, self.plugins, self.folder / "plain", job, number, None)
        plain = next(each for each in made if each.suffix == ".html")
        return "\n".join(each.read_text(encoding="utf-8") for each in (page, plain))


@pytest.fixture
def house(tmp_path: Path, plugins: Plugins) -> House:
    """Return a place where nothing was taken in so far."""
    settings = Settings(folder=tmp_path, controllers={"main": ControllerSettings(url=ROOT)})
    return House(tmp_path, settings.resolved(), plugins)


@pytest.fixture(scope="session")
def verify_job() -> Callable[..., dict[str, Any]]:
    """Return a maker of lsst.verify documents."""

    def make(
        values: Mapping[str, Any],
        *,
        specs: Mapping[str, float] | None = None,
        described: Mapping[str, str] | None = None,
        packages: Mapping[str, str] | None = None,
        **meta: Any,
    ) -> dict[str, Any]:
        """Give values by metric, thresholds by specification, descriptions, package commits."""
        if packages is not None:
            meta["packages"] = {
                name: {"name": name, "git_sha": sha, "git_url": f"https://github.com/lsst/{name}"}
                for name, sha in packages.items()
            }
        return {
            "measurements": [
                {"metric": name, "value": value, "unit": "mmag"} for name, value in values.items()
            ],
            "blobs": [],
            "metrics": [
                {"name": name, "unit": "mmag", "description": text, "tags": []}
                for name, text in (described or {}).items()
            ],
            "specs": [
                {
                    "name": name,
                    "type": "threshold",
                    "threshold": {"value": bound, "unit": "mmag", "operator": "<="},
                    "metadata_query": {},
                    "tags": [],
                }
                for name, bound in (specs or {}).items()
            ],
            "meta": meta,
        }

    return make
