"""Keep what was read: in the store, or in the spool until the store is there again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.formats.definitions import load_definitions
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.resources import folder
from squash_jenkins.spool import set_aside, spool, spooled
from squash_jenkins.store import Also, Saved, Store, open_store


@dataclass(slots=True)
class TakenUp:
    """Tell which builds came from the spool; `faults` are sentences about damaged files."""

    saved: dict[BuildId, Saved] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


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


def save(
    settings: Settings, store: Store, records: Sequence[BuildRecord], also: Also | None = None
) -> list[Saved]:
    """Store builds of one controller, all or none, with the root URL at which people reach it."""
    if not records:
        return []
    said = next((record.build.root for record in records if record.build.root), None)
    root = root_url(settings, store, records[0].build.id.controller, said)
    return store.save_all(records, controller_url=root, also=also)


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
        known = (row.controller_url for row in reader.jobs() if row.controller == name)
        return next(known, "") or own.url


def take_up_spool(settings: Settings, store: Store) -> TakenUp:
    """Store the builds that an earlier run had to keep on disk."""
    taken = TakenUp()
    for path, record in spooled(settings.spool, taken.faults):
        try:
            [taken.saved[record.build.id]] = save(settings, store, [record])
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            aside = set_aside(path)
            taken.faults.append(f"{record.build.id} cannot be stored and lies at {aside}: {error}")
        else:
            path.unlink(missing_ok=True)
    return taken


def keep_for_later(settings: Settings, records: Sequence[BuildRecord]) -> list[Path]:
    """Write builds to the spool; the next run of any kind takes them up.

    Raises
    ------
    StoreError
        When the spool cannot be written either.

    """
    # The first is a matrix build, without which its configurations' builds are missed again.
    return [spool(settings.spool, record) for record in reversed(records)]
