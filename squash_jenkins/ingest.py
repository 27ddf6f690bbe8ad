"""Take in builds: fetch, read, store, judge, rebuild the pages, link back."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from squash_jenkins.catch_up import catch_up
from squash_jenkins.config import Settings
from squash_jenkins.errors import (
    DocumentError,
    JenkinsError,
    NotFound,
    SignInRefused,
    SquashError,
    StoreError,
    StoreUnreachable,
    Unreachable,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import link_back
from squash_jenkins.judging import judge
from squash_jenkins.keeping import keep_for_later, opened, save, take_up_spool
from squash_jenkins.models import Artifact, Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.reading import Reader
from squash_jenkins.render.links import build_page_url
from squash_jenkins.render.static import Built, build_site
from squash_jenkins.standing import Standing, Standings
from squash_jenkins.store import Saved, Store
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.summary import Summary, summary_of


@dataclass(slots=True)
class Outcome:
    """Tell what became of one call.

    `records` are the builds that were asked for, `saved` all that were stored: these, missed
    ones and those from the spool. `failed` has a reason for each build that could not be read,
    `unlinked` are builds of earlier runs whose page lacks the link;
    `out_of_reach` counts how many in a row, up to the last one, Jenkins did not answer for.
    `found` are the findings that were not known before; `standings` tell how the builds that
    were asked for stand, in their order.
    `timings` are seconds by stage, `warnings` are sentences.
    """

    records: Sequence[BuildRecord] = ()
    saved: dict[BuildId, Saved] = field(default_factory=dict)
    failed: dict[BuildId, str] = field(default_factory=dict)
    out_of_reach: int = 0
    unlinked: list[BuildId] = field(default_factory=list)
    summaries: dict[BuildId, Summary] = field(default_factory=dict)
    found: Sequence[FindingRow] = ()
    standings: dict[BuildId, Standing] = field(default_factory=dict)
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

    @property
    def changed(self) -> bool:
        """Tell whether anything was stored of the builds that were asked for."""
        asked = [record.build.id for record in self.records]
        return any(self.saved[id].changed for id in asked if id in self.saved)

    @property
    def summary(self) -> Summary | None:
        """Return how the first build stands."""
        return self.summaries.get(self.records[0].build.id) if self.records else None

    def add(self, records: Sequence[BuildRecord], saved: Sequence[Saved]) -> None:
        """Note what was stored."""
        self.saved |= {record.build.id: entry for record, entry in zip(records, saved, strict=True)}


def post_build(
    settings: Settings, plugins: Plugins, client: JenkinsClient, id: BuildId, *, wait: float
) -> Outcome:
    """Take one finished build from Jenkins to a linked dashboard, and missed ones with it.

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
        family = client.wait(id, wait) if wait else client.family(id)
        outcome.records = Reader(settings, plugins.formats).read_family(client, family)

    def heal(store: Store) -> None:
        with outcome.stage("catch-up"):
            caught = catch_up(settings, plugins.formats, client, id.job, store)
        outcome.saved |= caught.saved
        outcome.failed |= caught.failed
        for other, key in caught.unlinked.items() if _links(settings) else ():
            outcome.saved.setdefault(other, Saved(key, changed=False))
            outcome.unlinked.append(other)
        outcome.warnings += caught.faults

    store_and_show(settings, plugins, outcome, heal)
    _link(settings, client, outcome)
    return outcome


def take_in(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    ids: Iterable[BuildId],
    outcome: Outcome | None = None,
) -> Outcome:
    """Take in some builds of one Jenkins: store and link each, rebuild the pages once.

    A build that cannot be read is told in `failed`, the others go on. All are held in
    memory, so give some dozens at a time. With `outcome` given, `ids` may look at it to end early.
    """
    outcome = outcome or Outcome()
    records: list[BuildRecord] = []
    reader = Reader(settings, plugins.formats)
    with outcome.stage("jenkins"):
        for id in ids:
            try:
                records += reader.read_family(client, client.family(id))
                outcome.out_of_reach = 0
            except JenkinsError as error:
                outcome.failed[id] = str(error)
                lost = isinstance(error, (Unreachable, SignInRefused))
                outcome.out_of_reach = outcome.out_of_reach + 1 if lost else 0
    outcome.records = records
    if records:
        store_and_show(settings, plugins, outcome)
        _link(settings, client, outcome)
    return outcome


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


def store_and_show(
    settings: Settings,
    plugins: Plugins,
    outcome: Outcome,
    more: Callable[[Store], None] = lambda store: None,
) -> None:
    """Store what was read, judge it, rebuild the pages; spool what the store does not take.

    `more` is done while the store is open, before the pages are rebuilt.
    """
    try:
        with outcome.stage("store"):
            store = opened(settings)
    except StoreError as error:
        _spool(settings, outcome, error)
        return
    with store:
        try:
            with outcome.stage("store"):
                _store(settings, store, outcome)
        except StoreUnreachable as error:
            _spool(settings, outcome, error)
            return
        more(store)
        with outcome.stage("findings"):
            _find(settings, store, outcome)
        with outcome.stage("judge"):
            _judge(settings, store, outcome)
        with outcome.stage("pages"):
            _show(settings, plugins, store, outcome)


def _store(settings: Settings, store: Store, outcome: Outcome) -> None:
    taken = take_up_spool(settings, store)
    outcome.warnings += taken.faults
    outcome.saved |= taken.saved
    outcome.add(outcome.records, save(settings, store, outcome.records))


def _spool(settings: Settings, outcome: Outcome, error: SquashError) -> None:
    """Keep what was read, or say that not even this was possible."""
    try:
        outcome.spooled = keep_for_later(settings, outcome.records)
    except StoreError as fault:
        outcome.warnings += [str(error), str(fault)]
        return
    outcome.warnings.append(f"{error} What was read is kept in {settings.spool} for the next run.")


def _find(settings: Settings, store: Store, outcome: Outcome) -> None:
    """Find what got worse; a fault there is told, and what was stored stays stored."""
    try:
        outcome.found = judge(settings, store)
    except StoreError as error:
        outcome.warnings.append(f"Nothing was looked for in the series: {error}")


def _judge(settings: Settings, store: Store, outcome: Outcome) -> None:
    """Judge what changed, and the builds that were asked for in any case."""
    asked = {id: outcome.saved[id] for id in (record.build.id for record in outcome.records)}
    with store.reader() as reader:
        standings = Standings(reader, settings.findings.recent)
        for id, entry in asked.items():
            outcome.standings[id] = standings.of(entry.build_key)
            outcome.summaries[id] = summary_of(outcome.standings[id])
        for id, entry in outcome.saved.items():
            if id not in asked and (entry.changed or id in outcome.unlinked):
                brief = standings.of(entry.build_key, back=0)
                outcome.summaries[id] = summary_of(brief)


def rebuild(settings: Settings, plugins: Plugins, *, everything: bool = False) -> Built:
    """Write the pages whose inputs changed since the last time."""
    with opened(settings, seed=True) as store:
        take_up_spool(settings, store)
        return show(settings, plugins, store, everything=everything)


def show(settings: Settings, plugins: Plugins, store: Store, *, everything: bool = False) -> Built:
    """Find what got worse and write the pages whose inputs changed, from an open store."""
    judge(settings, store)
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
        outcome.pages = show(settings, plugins, store)
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


def _link(settings: Settings, client: JenkinsClient, outcome: Outcome) -> None:
    """Link the builds of this Jenkins that were stored; a refusal is told and does no harm."""
    ids = [id for id in outcome.summaries if id.controller == client.name]
    if settings.description == "off" or not ids:
        return
    if settings.public_url is None:
        outcome.warnings.append("The build page is not linked: set public_url in the settings.")
        return
    with outcome.stage("jenkins"):
        for id in ids:
            try:
                link(settings, client, id, outcome.summaries[id])
            except JenkinsError as error:
                outcome.warnings.append(f"The build page is not linked: {error}")
                if not isinstance(error, NotFound):
                    return


def _links(settings: Settings) -> bool:
    return settings.description != "off" and settings.public_url is not None


def link(settings: Settings, client: JenkinsClient, id: BuildId, summary: Summary) -> None:
    """Write our line into a build's description; settings.description says how."""
    if settings.description != "off":
        link_back(client, id, page_url(settings, id), summary.line(), settings.description)


def _copy(file: Path, to: Path, limit: int) -> None:
    """Copy a file to where the formats read it."""
    try:
        size = file.stat().st_size
        if size > limit:
            raise DocumentError(f"it has {size} bytes; the limit is {limit} (max_artifact_bytes)")
        shutil.copyfile(file, to)
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror}") from error
