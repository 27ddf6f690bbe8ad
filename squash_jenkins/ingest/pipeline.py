"""Take in builds: fetch, read, store, find what changed, judge, rebuild the pages, link back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import (
    JenkinsError,
    SignInRefused,
    SquashError,
    StoreError,
    StoreUnreachable,
    Unreachable,
)
from squash_jenkins.findings.detect import judge
from squash_jenkins.ingest.artifacts import Reader
from squash_jenkins.ingest.catch_up import catch_up, ingest_parent, parent_of
from squash_jenkins.ingest.link_back import is_old, link_builds
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.publish import page_url, rebuild_pages, send_notifications
from squash_jenkins.ingest.saving import ingest_spool, open_store_for, save_builds, spool_builds
from squash_jenkins.ingest.workspace import Workspace, compared, copy_file, read_workspace
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Saved, Store
from squash_jenkins.verification.build import Standings
from squash_jenkins.verification.summary import summary_of


def post_build(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    id: BuildId,
    *,
    wait: float,
    workspace: Workspace | None = None,
) -> Outcome:
    """Take one finished build from Jenkins to a linked dashboard, and missed ones with it.

    Parameters
    ----------
    id
        The build. With a matrix parent the builds of its configurations come along.
    wait
        Seconds to wait for the build to finish; with 0 an unfinished build is taken as it is
        and marked provisional.
    workspace
        Where a build that is not over has its files, which are read when none is archived yet.

    Raises
    ------
    JenkinsError
        When Jenkins does not give the build. Nothing is stored then.

    """
    outcome = Outcome()
    with outcome.stage("jenkins"):
        family = client.wait(id, wait) if wait else client.family(id)
        outcome.records = Reader(settings, plugins.formats).read_family(client, family)
    if workspace is not None and _is_bare(outcome.records[0]):
        own, *runs = outcome.records
        record, told = read_workspace(settings, plugins.formats, workspace, own.build)
        outcome.records = [record, *runs]
        outcome.warnings += told

    def heal(store: Store) -> None:
        with outcome.stage("catch-up"):
            _heal(settings, plugins, client, store, outcome)

    store_and_publish(settings, plugins, outcome, heal)
    asked = [record.build.id for record in outcome.records]
    asked += [*outcome.from_spool, *([outcome.parent] if outcome.parent else [])]
    link_builds(settings, client, outcome, asked, outcome.summaries)
    return outcome


def _is_bare(record: BuildRecord) -> bool:
    """Tell whether a build is not over and no QA file of it is archived yet."""
    return record.build.provisional and not record.reports and not record.rejected


def _heal(
    settings: Settings, plugins: Plugins, client: JenkinsClient, store: Store, outcome: Outcome
) -> None:
    """Take in what is missed of the job; for a configuration, of its matrix job, too."""
    build = outcome.records[0].build
    found = [catch_up(settings, plugins.formats, client, build.id.job, store)]
    outcome.parent = parent_of(build)
    if outcome.parent:
        found.append(ingest_parent(settings, plugins.formats, client, outcome.parent, store))
        found.append(catch_up(settings, plugins.formats, client, outcome.parent.job, store))
    for caught in found:
        outcome.saved = caught.saved | outcome.saved
        outcome.failed |= caught.failed
        for other, key in caught.unlinked.items() if settings.link_older else ():
            outcome.saved.setdefault(other, Saved(key, changed=False))
            outcome.unlinked.append(other)
        outcome.warnings += caught.faults


def ingest_builds(
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
                outcome.unreachable = 0
            except JenkinsError as error:
                outcome.failed[id] = str(error)
                lost = isinstance(error, (Unreachable, SignInRefused))
                outcome.unreachable = outcome.unreachable + 1 if lost else 0
    outcome.records = records
    if records:
        store_and_publish(settings, plugins, outcome)
        now = datetime.now(UTC)
        new = {record.build.id for record in records if not is_old(record.build, now)}
        link_builds(settings, client, outcome, {*new, *outcome.from_spool}, outcome.summaries)
    return outcome


def ingest_files(
    settings: Settings, plugins: Plugins, build: Build, files: Sequence[Path]
) -> Outcome:
    """Take in a build from files on disk, without Jenkins; `files` go with its artifacts."""
    outcome = Outcome()
    by_path = dict(zip((artifact.path for artifact in build.artifacts), files, strict=True))

    def copy(artifact: Artifact, to: Path) -> None:
        copy_file(by_path[artifact.path], to, settings.max_artifact_bytes)

    with outcome.stage("read"):
        outcome.records = [Reader(settings, plugins.formats).read(build, copy)]
    store_and_publish(settings, plugins, outcome)
    return outcome


def store_and_publish(
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
            store = open_store_for(settings)
    except StoreError as error:
        _spool(settings, outcome, error)
        return
    with store:
        try:
            with outcome.stage("store"):
                _store(settings, store, outcome)
        except (StoreError, ValueError) as error:
            _spool(settings, outcome, error)
            return
        try:
            more(store)
            _use(settings, plugins, store, outcome)
        except StoreError as error:
            outcome.warnings.append(f"What was read is stored, but no more was done: {error}")


def _use(settings: Settings, plugins: Plugins, store: Store, outcome: Outcome) -> None:
    """Find, judge and show what was stored, and tell people."""
    with outcome.stage("findings"):
        _find(settings, store, outcome)
    with outcome.stage("judge"):
        _judge(settings, store, outcome)
    with outcome.stage("pages"):
        _show(settings, plugins, store, outcome)
    with outcome.stage("notify"):
        outcome.warnings += send_notifications(settings, store)


def _store(settings: Settings, store: Store, outcome: Outcome) -> None:
    taken = ingest_spool(settings, store)
    outcome.warnings += taken.faults
    outcome.saved |= taken.saved
    outcome.from_spool += taken.saved
    outcome.warnings += compared(store, outcome.records)
    kept = save_builds(settings, store, outcome.records)
    outcome.records = [each.record for each in kept]
    outcome.add(outcome.records, [each.saved for each in kept])


def _spool(settings: Settings, outcome: Outcome, error: StoreError | ValueError) -> None:
    """Keep what was read, or say that not even this was possible."""
    if not isinstance(error, StoreUnreachable):
        outcome.refused = error
    try:
        outcome.spooled = spool_builds(settings, outcome.records)
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
        also = {outcome.parent, *outcome.unlinked}
        for id, entry in outcome.saved.items():
            if id not in asked and (entry.changed or id in also):
                brief = standings.of(entry.build_key, back=0)
                outcome.summaries[id] = summary_of(brief)


def rebuild_site(settings: Settings, plugins: Plugins, *, everything: bool = False) -> Built:
    """Write the pages whose inputs changed since the last time, and those that were deleted."""
    with open_store_for(settings, seed=True) as store:
        ingest_spool(settings, store)
        return rebuild_pages(settings, plugins, store, everything=everything, heal=True)


def _show(settings: Settings, plugins: Plugins, store: Store, outcome: Outcome) -> None:
    """Rebuild the pages; a fault there is told, and what was stored stays stored."""
    try:
        outcome.pages = rebuild_pages(settings, plugins, store)
        outcome.warnings += [*plugins.faults, *outcome.pages.faults]
    except (SquashError, OSError) as error:
        outcome.warnings.append(f"The pages were not rebuilt: {error}. The next run does it.")
    outcome.url = page_url(settings, outcome.records[0].build.id)
