"""The way of a build: fetch → read → store → detect → verify → rebuild pages → notify → link back.

There are three ways in: `post_build` (a build of a Jenkins, and those that were missed),
`ingest_builds` (some builds of a Jenkins) and `ingest_files` (files on disk, without Jenkins).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
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
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.ingest.branches import follow_branches
from squash_jenkins.ingest.catch_up import catch_up
from squash_jenkins.ingest.link_back import is_old, link_builds
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.publish import page_url, rebuild_pages, send_notifications
from squash_jenkins.ingest.saving import ingest_spool, open_store_for, save_builds, spool_builds
from squash_jenkins.ingest.workspace import (
    Workspace,
    archived_differently,
    copy_file,
    read_workspace,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, Branch, Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store
from squash_jenkins.verification.build import BuildStatuses
from squash_jenkins.verification.comparison import TargetComparisons
from squash_jenkins.verification.summary import summary_of
from squash_jenkins.verification.targets import Targets


def post_build(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    id: BuildId,
    *,
    wait: float,
    workspace: Workspace | None = None,
    node: str | None = None,
    branch: Branch | None = None,
) -> Outcome:
    """Ingest a build of a Jenkins, and builds of its job that were missed; link them.

    Parameters
    ----------
    id
        The build. The builds of its configurations come with a matrix build.
    wait
        Seconds to wait for the build to end. With 0 a running build is read as it is and marked
        provisional.
    workspace
        Where the files of a running build are, which are read when none is archived yet.
    node
        The machine that it runs on, where Jenkins does not say it: as of Pipelines.
    branch
        The branch or pull request that the build says it is of; Jenkins' answer does not name it.

    Raises
    ------
    JenkinsError
        Jenkins does not serve the build. Nothing is stored then.

    """
    outcome = Outcome()
    with outcome.stage("jenkins"):
        family = client.wait(id, wait) if wait else client.family(id)
        family = _of_branch(_on_node(family, node), branch)
        outcome.records = FileReader(settings, plugins.formats).read_family(client, family)
    if workspace is not None and _lacks_files(outcome.records[0]):
        own, *runs = outcome.records
        record, warnings = read_workspace(settings, plugins.formats, workspace, own.build)
        outcome.records = [record, *runs]
        outcome.warnings += warnings

    def ingest_missed(store: Store) -> None:
        with outcome.stage("catch-up"):
            follow_branches(client, store, outcome)
            catch_up(settings, plugins.formats, client, store, outcome)

    store_and_publish(settings, plugins, outcome, ingest_missed)
    wanted = [*_ids(outcome.records), *outcome.from_spool]
    wanted += [outcome.parent] if outcome.parent else []
    link_builds(settings, client, outcome, wanted, outcome.summaries)
    return outcome


def _on_node(family: list[Build], node: str | None) -> list[Build]:
    """Return the builds; the first is the one that was asked for, and ran on this node."""
    own, *runs = family
    return family if own.node or own.runs else [replace(own, node=node), *runs]


def _of_branch(family: list[Build], branch: Branch | None) -> list[Build]:
    """Return the builds; the first is the one that was asked for, and knows its branch."""
    own, *runs = family
    if branch is None:
        return family
    return [replace(own, branch=(own.branch or Branch()).updated(branch)), *runs]


def _lacks_files(record: BuildRecord) -> bool:
    """Return whether a build is still running and none of its QA files is archived yet."""
    return record.build.provisional and not record.reports and not record.rejected


def ingest_builds(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    ids: Iterable[BuildId],
    outcome: Outcome | None = None,
) -> Outcome:
    """Ingest some builds of one Jenkins: store and link each, rebuild the pages once.

    A build that cannot be read is in `Outcome.failed`; the others are ingested. All of them are
    held in memory, so pass a few dozen at a time. `ids` may look at the `outcome` that is passed
    in, and end early.
    """
    outcome = outcome or Outcome()
    records: list[BuildRecord] = []
    reader = FileReader(settings, plugins.formats)
    with outcome.stage("jenkins"):
        for id in ids:
            try:
                records += reader.read_family(client, client.family(id))
                outcome.unreachable = 0
            except JenkinsError as error:
                outcome.failed[id] = str(error)
                away = isinstance(error, (Unreachable, SignInRefused))
                outcome.unreachable = outcome.unreachable + 1 if away else 0
    outcome.records = records
    if records:
        follow = partial(follow_branches, client, outcome=outcome)
        store_and_publish(settings, plugins, outcome, follow)
        now = datetime.now(UTC)
        new = {record.build.id for record in records if not is_old(record.build, now)}
        link_builds(settings, client, outcome, {*new, *outcome.from_spool}, outcome.summaries)
    return outcome


def ingest_files(
    settings: Settings, plugins: Plugins, build: Build, files: Sequence[Path]
) -> Outcome:
    """Ingest a build from files on disk, one for each of its artifacts, without Jenkins."""
    outcome = Outcome()
    by_path = dict(zip((artifact.path for artifact in build.artifacts), files, strict=True))

    def copy(artifact: Artifact, to: Path) -> None:
        copy_file(by_path[artifact.path], to, settings.max_artifact_bytes)

    with outcome.stage("read"):
        outcome.records = [FileReader(settings, plugins.formats).read(build, copy)]
    store_and_publish(settings, plugins, outcome)
    return outcome


def store_and_publish(
    settings: Settings,
    plugins: Plugins,
    outcome: Outcome,
    ingest_missed: Callable[[Store], None] = lambda store: None,
) -> None:
    """Store what was read, and do all that follows from it; spool it when it cannot be stored."""
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
            ingest_missed(store)
            _publish(settings, plugins, store, outcome)
        except StoreError as error:
            outcome.warnings.append(
                f"The build is stored, but nothing was done after that: {error}"
            )


def _store(settings: Settings, store: Store, outcome: Outcome) -> None:
    """Store builds from the spool first, then those that were read."""
    spooled = ingest_spool(settings, store)
    outcome.warnings += spooled.faults
    outcome.saved |= spooled.saved
    outcome.from_spool += spooled.saved
    outcome.warnings += archived_differently(store, outcome.records)
    stored = save_builds(settings, store, outcome.records)
    outcome.records = [each.record for each in stored]
    outcome.saved |= {each.record.build.id: each.saved for each in stored}


def _spool(settings: Settings, outcome: Outcome, error: StoreError | ValueError) -> None:
    """Write what was read to the spool; warn when even that is impossible."""
    if not isinstance(error, StoreUnreachable):
        outcome.refused = error
    try:
        outcome.spooled = spool_builds(settings, outcome.records)
    except StoreError as fault:
        outcome.warnings += [str(error), str(fault)]
        return
    outcome.warnings.append(
        f"{error} What was read is kept in the spool {settings.spool} for the next run."
    )


def _publish(settings: Settings, plugins: Plugins, store: Store, outcome: Outcome) -> None:
    with outcome.stage("findings"):
        _detect(settings, store, outcome)
    with outcome.stage("judge"):
        _verify(settings, store, outcome)
    with outcome.stage("pages"):
        _rebuild_pages(settings, plugins, store, outcome)
    with outcome.stage("notify"):
        outcome.warnings += send_notifications(settings, store)


def _detect(settings: Settings, store: Store, outcome: Outcome) -> None:
    """Detect regressions and improvements; a fault is a warning, what was stored stays stored."""
    try:
        outcome.found = detect_findings(settings, store)
    except StoreError as error:
        outcome.warnings.append(f"No findings were detected: {error}")


def _verify(settings: Settings, store: Store, outcome: Outcome) -> None:
    """Verify the builds that were asked for, and others that changed, against specifications."""
    asked = {id: outcome.saved[id] for id in _ids(outcome.records)}
    with store.reader() as reader:
        rules = partial(RuleBook, settings.findings, reader)
        comparisons = TargetComparisons(reader, Targets(settings, reader), rules)
        statuses = BuildStatuses(reader, settings.findings.recent, comparisons)
        for id, saved in asked.items():
            outcome.statuses[id] = statuses.of(saved.build_key)
            outcome.summaries[id] = summary_of(outcome.statuses[id])
        always = {outcome.parent, *outcome.unlinked}
        for id, saved in outcome.saved.items():
            if id not in asked and (saved.changed or id in always):
                brief = statuses.of(saved.build_key, back=0)
                outcome.summaries[id] = summary_of(brief)


def _rebuild_pages(settings: Settings, plugins: Plugins, store: Store, outcome: Outcome) -> None:
    """Rebuild the pages; a fault is a warning, what was stored stays stored."""
    try:
        outcome.pages = rebuild_pages(settings, plugins, store)
        outcome.warnings += [*plugins.faults, *outcome.pages.faults]
    except (SquashError, OSError) as error:
        outcome.warnings.append(f"The pages were not rebuilt: {error}. The next run rebuilds them.")
    outcome.url = page_url(settings, outcome.records[0].build.id)


def _ids(records: Iterable[BuildRecord]) -> list[BuildId]:
    return [record.build.id for record in records]


def rebuild_site(settings: Settings, plugins: Plugins, *, everything: bool = False) -> Built:
    """Write the pages whose inputs changed since the last time, and those that were deleted."""
    with open_store_for(settings, seed=True) as store:
        ingest_spool(settings, store)
        return rebuild_pages(settings, plugins, store, everything=everything, heal=True)
