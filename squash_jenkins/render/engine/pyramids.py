"""Prepare pools of tables for the static site: a folder of tiles for each, and a list of them.

A folder is named by a hash of its content, so an unchanged one is not made again and a reader
never sees half of one. The list is replaced last.
"""

import fcntl
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from squash_jenkins.errors import ResourceError
from squash_jenkins.reliability.atomic_files import replacing
from squash_jenkins.render.encoding import as_script, content_key
from squash_jenkins.render.engine.output import open_output
from squash_jenkins.render.links import Links
from squash_jenkins.render.pooled import pooled, tiles
from squash_jenkins.render.pooled.pools import BUILDS, ColumnCache, Pool, choices, pools
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import Tables
from squash_jenkins.store import Store

FOLDER = "data/pooled"
DATA = "data/pooled.js"
_LIST, _LOCK, _UNFINISHED = "prepared.json", ".lock", ".making-"
_KEY = re.compile(r"[0-9a-f]{20}")


@dataclass(slots=True)
class Prepared:
    """Hold the result of a run; `faults` are sentences about what is missing or left out."""

    made: int = 0
    kept: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)


def prepared(output: Path) -> dict[str, Any]:
    """Return the list of prepared pools of a site, as its page reads it; empty for none."""
    try:
        found = json.loads((output / FOLDER / _LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"pools": []}
    except (OSError, ValueError) as error:
        raise ResourceError(
            f"The list of prepared tables {output / FOLDER / _LIST} cannot be read: {error}. "
            "Run `squash-jenkins dashboards build --pooled 100` to make it anew."
        ) from error
    return dict(found)


def prepare(
    store: Store,
    output: Path,
    *,
    builds: int = BUILDS,
    points: int = 20_000,
    controllers: Sequence[str] = (),
    now: datetime | None = None,
    ledger: Path | None = None,
) -> Prepared:
    """Pool the tables of the newest builds of each job, and make the tiles of what changed.

    Parameters
    ----------
    output
        Folder of the site, which is there already.
    builds
        Number of newest builds of each job.
    points
        Up to so many points the page gets the points themselves.
    now
        The current time (UTC); by default that of the clock.
    ledger
        File that records what the site was made from, see `build_site`.

    Raises
    ------
    ResourceError
        When the folder cannot be written.
    StoreError
        When the database cannot be read. A table that cannot be read is left out and reported.

    """
    done, tables = Prepared(), ColumnCache(store.blobs)
    with _working_in(output / FOLDER) as folder:
        with store.reader() as reader:
            site = Site(reader, Links(controllers[0] if controllers else None), None, {})
            found = list(pools(site, reader, tables, builds))
        before = {each["key"]: each for each in _before(output)}
        made = now or datetime.now(UTC)
        entries = [_entry(tables, folder, pool, before, points, made, done) for pool in found]
        stand = [each for each in entries if each is not None]
        when = round(made.timestamp() * 1000)
        _write_list(output, {"pools": stand, "builds": builds, "prepared": when}, ledger)
        done.removed = _remove_others(folder, {each["key"] for each in stand})
    done.faults = list(dict.fromkeys(done.faults))
    return done


def _before(output: Path) -> list[Mapping[str, Any]]:
    """Return the pools prepared before; none where the list cannot be read."""
    try:
        return list(prepared(output)["pools"])
    except ResourceError:  # it is made anew
        return []


def _entry(
    tables: Tables,
    folder: Path,
    pool: Pool,
    before: Mapping[str, Mapping[str, Any]],
    points: int,
    made: datetime,
    done: Prepared,
) -> Mapping[str, Any] | None:
    """Return the list entry of a pool, preparing it if needed; None when it cannot be made."""
    old = before.get(pool.key)
    if old is not None and _stands(folder, old, points):
        done.kept += 1
        return {**old, **choices(pool)}
    content = pooled.read(tables, pool)
    where = " ".join(part for part in (pool.job, pool.dataset, pool.filter, pool.table) if part)
    done.faults += [f"{where}: build #{n} is left out. {why}" for n, why in content.left_out]
    try:
        counted = pooled.levels(content) if len(content.points) > points else None
    except ResourceError as error:
        done.faults.append(str(error))
        return None
    about = pooled.about(pool, content, made=made, counted=counted)
    _write_pool(folder, pool.key, about, counted)
    done.made += 1
    tiled, whole = counted is not None, not content.left_out
    return {**choices(pool), "points": len(content.points), "tiled": tiled, "whole": whole}


def _stands(folder: Path, old: Mapping[str, Any], points: int) -> bool:
    """Return whether a pool is up to date; left-out tables may be readable again."""
    right = old["tiled"] == (old["points"] > points)
    return bool(old["whole"]) and right and (folder / old["key"] / "pool.js").is_file()


def _write_pool(
    folder: Path, key: str, about: Mapping[str, Any], counted: Sequence[Any] | None
) -> None:
    made = Path(tempfile.mkdtemp(dir=folder, prefix=_UNFINISHED))
    made.chmod(0o755)  # a web server reads it as another user
    (made / "pool.js").write_bytes(as_script(f"{FOLDER}/{key}/pool.js", about))
    for z, x, y, image in tiles.pyramid(counted or ()):
        file = made / str(z) / str(x) / f"{y}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(image)
    shutil.rmtree(folder / key, ignore_errors=True)
    made.rename(folder / key)


def _write_list(output: Path, listed: Mapping[str, Any], ledger: Path | None) -> None:
    """Write the list, and the data file that the page reads as the tab would write it."""
    target = output / FOLDER / _LIST
    with replacing(target, _UNFINISHED) as part:
        part.write_text(json.dumps(listed), encoding="utf-8")
    with open_output(output, ledger) as site:
        site.write(DATA, as_script(DATA, listed), content_key(listed))
        site.save(site.status)


def _remove_others(folder: Path, keys: set[str]) -> int:
    """Remove folders that the list does not name, and what a crash left."""
    for part in folder.glob(f"{_UNFINISHED}*.part"):
        part.unlink()
    names = [each.name for each in folder.iterdir() if each.is_dir()]
    old = [name for name in names if _KEY.fullmatch(name) and name not in keys]
    for name in [*old, *(each for each in names if each.startswith(_UNFINISHED))]:
        shutil.rmtree(folder / name)
    return len(old)


@contextmanager
def _working_in(folder: Path) -> Iterator[Path]:
    """Make the folder and lock it, waiting for another run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    except OSError as error:
        raise ResourceError(
            f"The pooled tables cannot be written to {folder}: {error.strerror or error}. "
            "Check the folder, its permissions and the free space."
        ) from error
