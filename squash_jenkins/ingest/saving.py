"""Save what was read: in the store, or in the spool until the store is available again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from squash_jenkins.config import Settings
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.errors import ConnectionLost, StoreError, StoreUnreachable
from squash_jenkins.ingest.spool import remove, set_aside, spool, spooled
from squash_jenkins.models import STARTED_FROM, Build, BuildId, BuildRecord, Rejected
from squash_jenkins.resources import folder
from squash_jenkins.store import Also, Saved, Store, open_store


@dataclass(slots=True)
class SpoolIngest:
    """Builds that came from the spool; `faults` are messages about damaged files."""

    saved: dict[BuildId, Saved] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def open_store_for(settings: Settings, *, seed: bool = False) -> Store:
    """Open the store of a site; load the seed (metrics that every site knows) into an empty one.

    With `seed` these definitions are loaded again, as a newer program may have newer ones.
    """
    store = open_store(settings.database, settings.blobs)
    try:
        with store.reader() as reader:
            empty = reader.revisions.newest() == 0
        if seed or empty:
            store.load(*load_definitions(folder("db") / "seed"))
    except BaseException:
        store.close()
        raise
    return store


def save(
    settings: Settings, store: Store, records: Sequence[BuildRecord], also: Also | None = None
) -> list[Saved]:
    """Store builds of one controller, all or none, with the root URL at which people reach it."""
    if not records:
        return []
    records = [_under_new_name(settings, record) for record in records]
    reported = next((record.build.root for record in records if record.build.root), None)
    root = root_url(settings, store, records[0].build.id.controller, reported)
    saved = store.save_all(records, controller_url=root, also=also)
    builds = [record.build for record in records]
    store.write_branches({each.id: each.branch for each in builds if each.branch is not None})
    return saved


def _under_new_name(settings: Settings, record: BuildRecord) -> BuildRecord:
    """Return a build under the present name of its job, by ``formerly`` in the settings."""
    name = settings.renamed.get(record.build.id.job)
    if name is None:
        return record
    id = replace(record.build.id, job=name)
    return replace(record, build=replace(record.build, id=id))


def root_url(settings: Settings, store: Store, name: str, reported: str | None = None) -> str:
    """Return the root URL at which people reach a controller; empty for one that is not set.

    It is `public_url` of the controller, else what Jenkins itself `reported` (now, or when its
    builds were read), else the URL from which this machine reads it.
    """
    own = settings.controllers.get(name)
    if own is None:
        return ""
    if own.public_url or reported:
        return own.public_url or str(reported)
    with store.reader() as reader:
        known = (row.controller_url for row in reader.builds.jobs() if row.controller == name)
        return next(known, "") or own.url


class Stored(NamedTuple):
    """What is stored of a build; `record` also lists the files that the database refused."""

    record: BuildRecord
    saved: Saved


def save_builds(settings: Settings, store: Store, records: Sequence[BuildRecord]) -> list[Stored]:
    """Save builds of one controller; set aside the files that the database refuses.

    When the database refuses one build, each is saved by itself: that one without the files at
    fault, which the quarantine lists with the reason.

    Raises
    ------
    StoreUnreachable
        The database accepts nothing at present.
    StoreError
        It refuses a build even without its files; the others are stored.

    """
    try:
        return list(map(Stored, records, save(settings, store, records)))
    except (StoreError, ValueError) as error:
        _reason(store, error)
    stored, faults = [], []
    # The matrix build comes last: until it is stored, its configurations count as missed.
    for record in reversed(records):
        try:
            stored.append(_save_alone(settings, store, record))
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            faults.append(error)
    if faults:
        raise faults[-1]
    return stored[::-1]


def _reason(store: Store, error: StoreError | ValueError) -> str:
    """Return why the database refuses something; raise when it accepts nothing at all.

    MariaDB hangs up on a statement that is too large. A server that still accepts other
    statements shows that it has not gone away.
    """
    if isinstance(error, ConnectionLost):
        store.try_writing()
        return f"the database hangs up when it is stored; is it too large? {error}"
    if isinstance(error, StoreUnreachable):
        raise error
    return f"it cannot be stored: {error}"


def _attempt(settings: Settings, store: Store, record: BuildRecord) -> Stored | str:
    """Save a build; return the reason when the database refuses it."""
    try:
        (saved,) = save(settings, store, [record])
    except (StoreError, ValueError) as error:
        return _reason(store, error)
    return Stored(record, saved)


def _save_alone(settings: Settings, store: Store, record: BuildRecord) -> Stored:
    """Save a build with each of its files that the database accepts."""
    whole = _attempt(settings, store, record)
    if isinstance(whole, Stored):
        return whole
    stored = _save_bare(settings, store, record, whole)
    for path in dict.fromkeys(report.path for report in record.reports):
        more = _attempt(settings, store, _with_file(stored, record, path))
        if isinstance(more, str):
            stored = _because(stored, path, more)
            save(settings, store, [stored])
        else:
            stored = more.record
    (saved,) = save(settings, store, [stored])
    return Stored(stored, saved._replace(changed=True))


def _save_bare(settings: Settings, store: Store, record: BuildRecord, reason: str) -> BuildRecord:
    """Save a build with all its files set aside; if need be, without most of its metadata."""
    aside = {each.path: Rejected(each.path, reason, None, each.size) for each in record.reports}
    bare = BuildRecord(record.build, (), [*record.rejected, *aside.values()])
    found = _attempt(settings, store, bare)
    if isinstance(found, str):
        metadata = Rejected(_METADATA, found)
        bare = BuildRecord(_sparse(record.build), (), [*bare.rejected, metadata])
        save(settings, store, [bare])
    return bare


def _sparse(build: Build) -> Build:
    guess = {key: value for key, value in build.extra.items() if key == STARTED_FROM}
    result, provisional = build.result, build.provisional
    return Build(build.id, build.started, build.duration, result, provisional, extra=guess)


_METADATA = "(what Jenkins says of the build)"
"""What stands for parameters, causes and changes among the files set aside."""


def _with_file(stored: BuildRecord, whole: BuildRecord, path: str) -> BuildRecord:
    """Return what is stored of a build with the reports of one more file."""
    reports = [each for each in whole.reports if each.path == path]
    rejected = [each for each in stored.rejected if each.path != path]
    return replace(stored, reports=[*stored.reports, *reports], rejected=rejected)


def _because(stored: BuildRecord, path: str, reason: str) -> BuildRecord:
    aside = [
        replace(each, reason=reason) if each.path == path else each for each in stored.rejected
    ]
    return replace(stored, rejected=aside)


def refused(record: BuildRecord, stored: Stored) -> Iterator[str]:
    """Yield a sentence for each file of a build that the database refused."""
    for each in stored.record.rejected:
        if each not in record.rejected:
            yield f"{record.build.id}: {each.path} is set aside: {each.reason}"


def _join_renamed(settings: Settings, store: Store) -> Iterator[str]:
    """Join renamed jobs with what is stored under their former names; yield a message for each."""
    for old, new in settings.renamed.items():
        builds = store.join_renamed(old, new)
        if builds:
            yield f"{old} was renamed: its builds now belong to {new}, which has {builds} builds."


def ingest_spool(settings: Settings, store: Store) -> SpoolIngest:
    """Store the builds that earlier runs left in the spool.

    Raises
    ------
    StoreUnreachable
        The database accepts nothing at present. What is not stored stays in the spool.

    """
    done = SpoolIngest(faults=list(_join_renamed(settings, store)))
    for path, record in spooled(settings.spool, done.faults):
        try:
            [stored] = save_builds(settings, store, [record])
            done.saved[record.build.id] = stored.saved
            done.faults += refused(record, stored)
            remove(path, done.faults)
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            aside = set_aside(path)
            done.faults.append(
                f"{record.build.id} cannot be stored; its file is now {aside}: {error}"
            )
    return done


def spool_builds(settings: Settings, records: Sequence[BuildRecord]) -> list[Path]:
    """Write builds to the spool, from which the next run of any kind stores them.

    Raises
    ------
    StoreError
        The spool cannot be written either.

    """
    # The matrix build comes last: until it is stored, its configurations count as missed.
    return [spool(settings.spool, record) for record in reversed(records)]
