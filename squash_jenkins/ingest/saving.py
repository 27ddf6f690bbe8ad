"""Keep what was read: in the store, or in the spool until the store is there again."""

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
    """Tell which builds came from the spool; `faults` are sentences about damaged files."""

    saved: dict[BuildId, Saved] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def open_store_for(settings: Settings, *, seed: bool = False) -> Store:
    """Open the store; an empty one is filled with the metrics that every site knows.

    `seed` loads these definitions again, as a newer program may bring newer ones.
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
    said = next((record.build.root for record in records if record.build.root), None)
    root = root_url(settings, store, records[0].build.id.controller, said)
    return store.save_all(records, controller_url=root, also=also)


def _under_new_name(settings: Settings, record: BuildRecord) -> BuildRecord:
    """Return a build under the name that its job has now, as ``formerly`` in the settings says."""
    name = settings.renamed.get(record.build.id.job)
    if name is None:
        return record
    id = replace(record.build.id, job=name)
    return replace(record, build=replace(record.build, id=id))


def root_url(settings: Settings, store: Store, name: str, said: str | None = None) -> str:
    """Return the root URL at which people reach a controller; empty for one that is not set.

    It is `public_url` of the controller, else what Jenkins itself `said` (when its builds were
    read, if not now), else the URL at which this machine reads it.
    """
    own = settings.controllers.get(name)
    if own is None:
        return ""
    if own.public_url or said:
        return own.public_url or str(said)
    with store.reader() as reader:
        known = (row.controller_url for row in reader.builds.jobs() if row.controller == name)
        return next(known, "") or own.url


class Stored(NamedTuple):
    """Tell what is stored of a build: `record` lists the files that the database refused, too."""

    record: BuildRecord
    saved: Saved


def save_builds(settings: Settings, store: Store, records: Sequence[BuildRecord]) -> list[Stored]:
    """Store builds of one controller, all or none; set aside what the database refuses of them.

    When one is refused, each is stored by itself: of that one without the files at fault, which
    `quarantine` lists with the reason.

    Raises
    ------
    StoreUnreachable
        The database takes nothing now.
    StoreError
        It does not even take that there was such a build; the others are stored.

    """
    try:
        return list(map(Stored, records, save(settings, store, records)))
    except (StoreError, ValueError) as error:
        _reason(store, error)
    stored, faults = [], []
    # The first is a matrix build, without which its configurations' builds are missed again.
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
    """Return why the database refuses something; raise when it takes nothing at all.

    MariaDB hangs up on a statement that is larger than it takes; that is told from a server
    that went away by the server being there for others.
    """
    if isinstance(error, ConnectionLost):
        store.try_writing()
        return f"the database hangs up when it is stored; is it too large? {error}"
    if isinstance(error, StoreUnreachable):
        raise error
    return f"it cannot be stored: {error}"


def _attempt(settings: Settings, store: Store, record: BuildRecord) -> Stored | str:
    """Store a build; return why the database refuses it when it does."""
    try:
        (saved,) = save(settings, store, [record])
    except (StoreError, ValueError) as error:
        return _reason(store, error)
    return Stored(record, saved)


def _save_alone(settings: Settings, store: Store, record: BuildRecord) -> Stored:
    """Store a build with each of its files that the database takes."""
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
    """Store a build with all its files set aside; without what Jenkins says, if it must be."""
    aside = {each.path: Rejected(each.path, reason, None, each.size) for each in record.reports}
    bare = BuildRecord(record.build, (), [*record.rejected, *aside.values()])
    found = _attempt(settings, store, bare)
    if isinstance(found, str):
        said = Rejected(_SAID, found)
        bare = BuildRecord(_sparse(record.build), (), [*bare.rejected, said])
        save(settings, store, [bare])
    return bare


def _sparse(build: Build) -> Build:
    guess = {key: value for key, value in build.extra.items() if key == STARTED_FROM}
    result, provisional = build.result, build.provisional
    return Build(build.id, build.started, build.duration, result, provisional, extra=guess)


_SAID = "(what Jenkins says of the build)"
"""What stands for parameters, causes and changes among the files that were set aside."""


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
    """Join jobs that were renamed to what is stored of them; yield a sentence for each, once."""
    for old, new in settings.renamed.items():
        builds = store.join_renamed(old, new)
        if builds:
            yield f"{old} was renamed: its builds are those of {new} now, {builds} in all."


def ingest_spool(settings: Settings, store: Store) -> SpoolIngest:
    """Store the builds that an earlier run had to keep on disk.

    Raises
    ------
    StoreUnreachable
        The database takes nothing now. What is not stored stays in the spool.

    """
    taken = SpoolIngest(faults=list(_join_renamed(settings, store)))
    for path, record in spooled(settings.spool, taken.faults):
        try:
            [stored] = save_builds(settings, store, [record])
            taken.saved[record.build.id] = stored.saved
            taken.faults += refused(record, stored)
            remove(path, taken.faults)
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            aside = set_aside(path)
            taken.faults.append(f"{record.build.id} cannot be stored and lies at {aside}: {error}")
    return taken


def spool_builds(settings: Settings, records: Sequence[BuildRecord]) -> list[Path]:
    """Write builds to the spool; the next run of any kind takes them up.

    Raises
    ------
    StoreError
        When the spool cannot be written either.

    """
    # The first is a matrix build, without which its configurations' builds are missed again.
    return [spool(settings.spool, record) for record in reversed(records)]
