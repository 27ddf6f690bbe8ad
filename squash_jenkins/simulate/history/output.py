"""Name the files that a planned build archives, each with the function that makes its bytes.

Nothing is made before somebody asks for the file, so a world of thousands of builds is made fast.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from urllib.parse import quote

from squash_jenkins.simulate.documents.documents import (
    Origin,
    Subject,
    load_test_document,
    manifest,
    pack,
    plain_document,
    repos,
    validate_drp_document,
    verify_job_document,
)
from squash_jenkins.simulate.history.history import History, PlannedBuild, Series
from squash_jenkins.simulate.state import Content

INSTRUMENTS = {"cfht": "CFHT", "decam": "DECAM", "hsc_cosmos": "HSC"}
REPOSITORIES = {
    "cfht": "https://github.com/lsst/validation_data_cfht.git",
    "decam": "https://github.com/lsst/validation_data_decam.git",
    "hsc_cosmos": "https://github.com/lsst/validation_data_hsc.git",
}
FIRST_LSSTSW_BUILD = 1988
Files = dict[str, Content]
Output = Callable[[History, PlannedBuild, int], Files]


@dataclass(frozen=True, slots=True)
class Document:
    """Make one document of a build when called; equal plans give equal bytes."""

    history: History = field(repr=False)
    build: PlannedBuild = field(repr=False)
    series: Series = field(repr=False)
    path: str
    shape: Literal["2016", "2018", "load test", "plain"]
    stars: int

    def __call__(self) -> bytes:
        """Return the bytes of the artifact."""
        return pack(self._content(), self.path)

    def _content(self) -> object:
        wanted = self.history.quality(self.build, self.series)
        if self.shape == "load test":
            return load_test_document(wanted)
        if self.shape == "plain":
            return plain_document(wanted)
        subject = Subject(
            self.history.seed,
            self.history.plan.name,
            self.build.number,
            self.series.dataset,
            self.series.filter,
            self.stars,
        )
        if self.shape == "2016":
            return validate_drp_document(subject, wanted)
        packages = self.history.stack.packages(self.build.position)
        return verify_job_document(subject, wanted, self._origin(), packages)

    def _origin(self) -> Origin:
        dataset, job = self.series.dataset, quote(self.history.plan.name, safe="/=")
        url = f"https://ci.example.org/job/{job.replace('/', '/job/')}/{self.build.number}/"
        return Origin(INSTRUMENTS[dataset], REPOSITORIES[dataset], self.build.started, url)


def validate_drp_files(history: History, build: PlannedBuild, stars: int) -> Files:
    """Return a build's files of 2016: one document, a log, and lsstsw's package versions."""
    series = history.plan.series[0]
    path = f"archive/{series.dataset}/{series.dataset.capitalize()}_output_{series.filter}.json"
    return {
        path: Document(history, build, series, path, "2016", stars),
        f"archive/{series.dataset}/processCcd.log": b"processCcd INFO: 12 CCDs of 2 visits done\n",
        "lsstsw/build/manifest.txt": partial(_manifest, history, build),
        "lsstsw/etc/repos.yaml": partial(_repos, history, build),
    }


def _manifest(history: History, build: PlannedBuild) -> bytes:
    packages = history.stack.packages(build.position)
    return manifest(packages, FIRST_LSSTSW_BUILD + build.position)


def _repos(history: History, build: PlannedBuild) -> bytes:
    return repos(history.stack.packages(build.position))


def verify_files(history: History, build: PlannedBuild, stars: int, packed: str = "gz") -> Files:
    """Return a build's files of 2018: one document for each filter."""
    files: Files = {}
    for series in history.plan.series:
        camera = INSTRUMENTS[series.dataset].capitalize()
        path = f"{series.dataset}/run/{camera}_output_{series.filter}.json.{packed}"
        files[path] = Document(history, build, series, path, "2018", stars)
    return files


def benchmark_files(history: History, build: PlannedBuild, stars: int) -> Files:
    """Return the file of a benchmark: times with units."""
    path = "results/benchmark.json"
    return {path: Document(history, build, history.plan.series[0], path, "load test", stars)}


def load_test_files(history: History, build: PlannedBuild, stars: int) -> Files:
    """Return the files of a load test: values with units, and plain ones."""
    series = history.plan.series[0]
    timed, plain = "results/latency.json", "results/resources.json.gz"
    return {
        timed: Document(history, build, series, timed, "load test", stars),
        plain: Document(history, build, series, plain, "plain", stars),
    }
