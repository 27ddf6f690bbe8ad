"""Take in builds: fetch, read, store, judge, rebuild the pages, link back."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import (
    DocumentError,
    JenkinsError,
    SquashError,
    StoreError,
    StoreUnreachable,
)
from squash_jenkins.formats.definitions import load_definitions
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import link_back, other_text
from squash_jenkins.models import Artifact, Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.reading import Reader
from squash_jenkins.render.links import build_page_url
from squash_jenkins.render.static import Built, build_site
from squash_jenkins.resources import folder
from squash_jenkins.spool import spool, spooled
from squash_jenkins.store import Saved, Store, open_store
from squash_jenkins.summary import Summary, summarise


@dataclass(slots=True)
class Outcome:
    """Tell what became of one call; `timings` are seconds by stage, `warnings` are sentences."""

    records: Sequence[BuildRecord] = ()
    changed: bool = False
    summary: Summary | None = None
    pages: Built | None = None
    url: str | None = None
    spooled: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the seconds that a stage takes."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + time.perf_counter() - begin


def post_build(
    settings: Settings, plugins: Plugins, client: JenkinsClient, id: BuildId, *, wait: float
) -> Outcome:
    """Take one finished build from Jenkins to a linked dashboard.

    Parameters
    ----------
    id
        The build. With a matrix parent the builds of its configurations come along.
    wait
        Seconds to wait for the build to finish; with 0 an unfinished build is taken as it is
        and marked provisional.

    Raises
    ------
    JenkinsError
        When Jenkins does not give the build. Nothing is stored then.

    """
    outcome = Outcome()
    with outcome.stage("jenkins"):
        build = client.wait(id, wait) if wait else client.build(id)
        outcome.records = list(fetch(settings, plugins, client, build))
    store_and_show(settings, plugins, outcome)
    if outcome.url and outcome.summary:
        with outcome.stage("jenkins"):
            _link(settings, client, id, outcome)
    return outcome


def fetch(
    settings: Settings, plugins: Plugins, client: JenkinsClient, build: Build
) -> Iterator[BuildRecord]:
    """Yield the record of a build and, for a matrix parent, of its configurations' builds."""
    reader = Reader(settings, plugins.formats)

    def download(artifact: Artifact, to: Path) -> None:
        client.download(build.id, artifact, to, settings.max_artifact_bytes)

    untouched = replace(build, description=other_text(build.description))
    yield reader.read(untouched, download)
    for run in build.runs:
        yield from fetch(settings, plugins, client, client.build(run))


def ingest_files(
    settings: Settings, plugins: Plugins, build: Build, files: Sequence[Path]
) -> Outcome:
    """Take in a build from files on disk, without Jenkins; `files` go with its artifacts."""
    outcome = Outcome()
    by_path = dict(zip((artifact.path for artifact in build.artifacts), files, strict=True))

    def copy(artifact: Artifact, to: Path) -> None:
        _copy(by_path[artifact.path], to, settings.max_artifact_bytes)

    with outcome.stage("read"):
        outcome.records = [Reader(settings, plugins.formats).read(build, copy)]
    store_and_show(settings, plugins, outcome)
    return outcome


def store_and_show(settings: Settings, plugins: Plugins, outcome: Outcome) -> None:
    """Store what was read, judge the first build, rebuild the pages; spool when that fails."""
    try:
        with outcome.stage("store"):
            store = opened(settings)
    except StoreError as error:
        _keep_for_later(settings, outcome, error)
        return
    with store:
        try:
            with outcome.stage("store"):
                outcome.warnings += take_up_spool(settings, store)
                saved = [save(settings, store, record) for record in outcome.records]
                outcome.changed = any(entry.changed for entry in saved)
        except StoreUnreachable as error:
            _keep_for_later(settings, outcome, error)
            return
        with outcome.stage("judge"), store.reader() as reader:
            outcome.summary = summarise(reader, saved[0].build_key)
        with outcome.stage("pages"):
            _show(settings, plugins, store, outcome)


def opened(settings: Settings, *, seed: bool = False) -> Store:
    """Open the store; an empty one is filled with the metrics that every site knows.

    `seed` loads these definitions again, as a newer program may bring newer ones.
    """
    store = open_store(settings.database, settings.blobs)
    try:
        with store.reader() as reader:
            empty = reader.revision() == 0
        if seed or empty:
            store.load(*load_definitions(folder("db") / "seed"))
    except BaseException:
        store.close()
        raise
    return store


def take_up_spool(settings: Settings, store: Store) -> list[str]:
    """Store the builds that an earlier run had to keep on disk; return warnings."""
    faults: list[str] = []
    for path, record in spooled(settings.spool, faults):
        save(settings, store, record)
        path.unlink(missing_ok=True)
    return faults


def rebuild(settings: Settings, plugins: Plugins, *, everything: bool = False) -> Built:
    """Write the pages whose inputs changed since the last time."""
    with opened(settings, seed=True) as store:
        take_up_spool(settings, store)
        return _pages(settings, plugins, store, everything=everything)


def _pages(
    settings: Settings, plugins: Plugins, store: Store, *, everything: bool = False
) -> Built:
    return build_site(
        store,
        settings.output,
        tabs=plugins.tabs,
        plots=plugins.plots,
        controllers=settings.controller_names,
        theme=plugins.theme,
        everything=everything,
    )


def _show(settings: Settings, plugins: Plugins, store: Store, outcome: Outcome) -> None:
    """Rebuild the pages; a fault there is told, and what was stored stays stored."""
    try:
        outcome.pages = _pages(settings, plugins, store)
        outcome.warnings += [*plugins.faults, *outcome.pages.faults]
    except (SquashError, OSError) as error:
        outcome.warnings.append(f"The pages were not rebuilt: {error}. The next run does it.")
    outcome.url = page_url(settings, outcome.records[0].build.id)


def page_url(settings: Settings, id: BuildId) -> str:
    """Return the URL of a build's page: below the public URL, else in the output folder."""
    root = settings.public_url or settings.output.as_uri()
    first = settings.controller_names[0]
    url = build_page_url(root, id.job, id.number, id.controller, first)
    return url if settings.public_url else f"{url}index.html"


def save(settings: Settings, store: Store, record: BuildRecord) -> Saved:
    """Store one build under the root URL that the settings give its controller."""
    name = record.build.id.controller
    known = settings.controllers.get(name)
    return store.save(record, controller_url=known.url if known else "")


def _keep_for_later(settings: Settings, outcome: Outcome, error: SquashError) -> None:
    """Write what was read to the spool; the next run of any kind takes it up."""
    try:
        outcome.spooled = [spool(settings.spool, record) for record in outcome.records]
    except StoreError as fault:
        outcome.warnings += [str(error), str(fault)]
        return
    outcome.warnings.append(f"{error} What was read is kept in {settings.spool} for the next run.")


def _link(settings: Settings, client: JenkinsClient, id: BuildId, outcome: Outcome) -> None:
    """Write our line into the build's description; a refusal is told and does no harm."""
    markup = settings.description
    if markup == "off" or outcome.summary is None:
        return
    if settings.public_url is None:
        outcome.warnings.append("The build page is not linked: set public_url in the settings.")
        return
    try:
        link_back(client, id, outcome.url or "", outcome.summary.line(), markup)
    except JenkinsError as error:
        outcome.warnings.append(f"The build page is not linked: {error}")


def _copy(file: Path, to: Path, limit: int) -> None:
    """Copy a file to where the formats read it."""
    try:
        size = file.stat().st_size
        if size > limit:
            raise DocumentError(f"it has {size} bytes; the limit is {limit} (max_artifact_bytes)")
        shutil.copyfile(file, to)
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror}") from error
