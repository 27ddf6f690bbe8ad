"""Write the tables of builds for scripts: an index of them, and their columns.

``<job data>/blobs.js`` lists the tables of the newest builds and of those where a finding
begins, and ``data/blobs/<digest>.js`` holds one table. numpy and pyarrow are imported only when a
table is read.
"""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import DRILLED
from squash_jenkins.render.site.usage import BuildBlob

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from squash_jenkins.render.site.tables import Tables

__all__ = [
    "DRILLED",
    "BuildTables",
    "index",
    "looked_at",
    "newest_tables",
    "table_file",
    "table_path",
    "tables_of",
]  # fmt: skip
Payload = Mapping[str, Any]
Blobs = Sequence[tuple[BuildLine, Sequence[BuildBlob]]]
_SEARCHED = 200
"""So many newest builds of a job are searched for tables."""
_AT_ONCE = 24
_SEEN = 1e-4
"""Float32 is used where it moves no value by more than this share of what its column spans."""
_LISTED = 8
"""So many entries of a parameter that is a list are written."""


@dataclass(frozen=True)
class BuildTables:
    """Hold the tables of some builds of a job, the oldest first.

    `first` is the number of the oldest of the newest builds, from which on all with tables are
    here; `begun` are the keys of builds where a finding begins.
    """

    builds: Blobs
    first: int | None
    begun: Collection[int]

    @property
    def digests(self) -> list[str]:
        """Return the names of all tables, sorted."""
        found = {came.blob.digest for _, blobs in self.builds for came in blobs}
        return sorted(digest for digest in found if digest is not None)


def table_path(digest: str) -> str:
    """Return the path of a table in the site."""
    return f"data/blobs/{digest}.js"


def looked_at(site: Site, job: JobLine) -> list[BuildLine]:
    """Return all builds on which `newest_tables` depends, in order."""
    builds = site.builds(job)[-_SEARCHED:]
    old = [each for each in _begun(site, job) if each.position < builds[0].position]
    return [*old, *builds]


def newest_tables(site: Site, job: JobLine, many: int) -> BuildTables:
    """Return the tables of the newest builds of a job that have any, at most `many` builds.

    The newest builds where a finding begins are included, too, also at most `many`.
    """
    new, begun = _newest(site, job, many), _begun(site, job)[-many:]
    there = {build.key for build, _ in new}
    old = _of(site, [build for build in begun if build.key not in there])
    builds = sorted([*old, *new], key=lambda each: each[0].position)
    return BuildTables(builds, new[0][0].number if new else None, {build.key for build in begun})


def tables_of(site: Site, job: JobLine, builds: Sequence[BuildLine]) -> BuildTables:
    """Return the tables of these builds of a job."""
    return BuildTables(_of(site, builds), None, {build.key for build in _begun(site, job)})


def _begun(site: Site, job: JobLine) -> list[BuildLine]:
    """Return the builds where a finding begins, in order."""
    own = site.stored.by_key(job)
    keys = {row.finding.build for row in site.findings(job) if not row.withdrawn}
    return sorted((own[key] for key in keys), key=lambda build: build.position)


def _newest(site: Site, job: JobLine, many: int) -> Blobs:
    builds = site.builds(job)[-_SEARCHED:]
    found: list[tuple[BuildLine, Sequence[BuildBlob]]] = []
    for end in range(len(builds), 0, -_AT_ONCE):
        found = _of(site, builds[max(0, end - _AT_ONCE) : end]) + found
        if len(found) >= many:
            break
    return found[-many:]


def _of(site: Site, builds: Sequence[BuildLine]) -> list[tuple[BuildLine, Sequence[BuildBlob]]]:
    """Return the builds that have blobs, with their blobs."""
    by_build: dict[int, list[BuildBlob]] = {}
    for came in site.usage.blobs(builds):
        by_build.setdefault(came.build.key, []).append(came)
    return [(build, by_build[build.key]) for build in builds if build.key in by_build]


def index(tables: BuildTables) -> Payload:
    """Return an index of blobs: ``{first, builds, kinds, parameters, words}``.

    A build is ``{number, start (ms UTC), page, begins, blobs}``; `begins` means that a finding
    begins there. A blob is ``[kind, digest, rows, parameters]``, `digest` is null where it has no
    table. What is alike in many stands once, in lists in which the others name a place: a kind is
    ``[name, dataset, filter, [metrics that were made from it]]``, parameters are ``[words, value,
    value, ...]``, and their words ``[[name, unit, label, description], ...]``.
    """
    kinds, parameters, words = _Different(), _Different(), _Different()
    builds = [
        {
            "number": build.number,
            "start": build.milliseconds,
            "page": build.page,
            "begins": build.key in tables.begun,
            "blobs": [_blob(came, kinds, parameters, words) for came in blobs],
        }
        for build, blobs in tables.builds
    ]
    lists = {"kinds": kinds.all, "parameters": parameters.all, "words": words.all}
    return {"first": tables.first, "builds": builds, **lists}


class _Different:
    """Collect lists, each once: most blobs share theirs with others."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, entry: list[Any]) -> int:
        key = content_key(entry)
        if key not in self._places:
            self._places[key] = len(self.all)
            self.all.append(entry)
        return self._places[key]


def _blob(
    came: BuildBlob, kinds: _Different, parameters: _Different, words: _Different
) -> list[int | str | None]:
    report, blob = came.report, came.blob
    kind = [blob.name, report.dataset or "", report.filter or "", list(came.metrics)]
    own = [_parameter(name, about) for name, about in blob.parameters.items()]
    named = words.place([about for about, _ in own])
    values = parameters.place([named, *(value for _, value in own)])
    return [kinds.place(kind), blob.digest, blob.rows, values]


def _parameter(name: str, about: Any) -> tuple[list[str], Any]:
    """Return the words on a parameter, and its value."""
    if not isinstance(about, Mapping):
        return [name, "", "", ""], _plain(about)
    words = [_line(about.get(key)) for key in ("unit", "label", "description")]
    return [name, *words], _plain(about.get("value"))


def _plain(value: Any) -> Any:
    if isinstance(value, list) and len(value) > _LISTED:
        return [*value[:_LISTED], "…"]
    return value


def _line(text: Any) -> str:
    """Return a text in one line: labels of some documents go on with a description."""
    return str(text or "").strip().split("\n")[0].strip()


def table_file(tables: "Tables | None", digest: str, points: int) -> Payload:
    """Return a table as its page reads it; ``{fault}`` with a sentence where it cannot be read.

    Parameters
    ----------
    points
        Of a column with more values a sample of so many is written, of all columns the same rows.

    Returns
    -------
    mapping
        ``{rows, columns: {name: {unit, label, description, kind, size, bits, data}}}``. `kind` is
        ``number``, ``list`` (numbers of lists of numbers, one after the other) or ``word``.
        `data` are little-endian floats of so many `bits` in base64, or a list of words; `size` is
        how many values there are of which these are a sample.

    """
    try:
        if tables is None:
            raise StoreError("The tables of this store cannot be reached from here.")
        table = tables.table(digest)
        return {"rows": table.num_rows, "columns": dict(_columns(table, points))}
    except StoreUnreachable:
        raise  # it says nothing of this table
    except StoreError as error:
        return {"fault": str(error)}


def _columns(table: Any, points: int) -> Iterator[tuple[str, Payload]]:
    for field, values in zip(table.schema, table.columns, strict=True):
        notes = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
        about = {key: _line(notes.get(key)) for key in ("unit", "label", "description")}
        kind, found = _values(values, notes.get("encoding") == "json")
        chosen = found if len(found) <= points else _sample(found, points)
        data = {"data": [str(each) for each in chosen]} if kind == "word" else _in_base64(chosen)
        yield field.name, {**about, "kind": kind, "size": len(found), **data}


def _values(values: Any, in_json: bool) -> tuple[str, Any]:
    """Return the kind of a column, and its values as an array or as words."""
    import numpy as np

    types = import_module("pyarrow.types")
    kind, numbers = values.type, (types.is_floating, types.is_integer, types.is_boolean)
    if any(fits(kind) for fits in numbers):
        return "number", values.to_numpy().astype(np.float64)
    if types.is_list(kind) and any(fits(kind.value_type) for fits in numbers):
        flat = import_module("pyarrow").chunked_array([each.flatten() for each in values.chunks])
        return "list", flat.to_numpy().astype(np.float64)
    listed = values.to_pylist()
    if in_json:
        listed = [json.loads(text) for text in listed]
        if all(each is None or isinstance(each, int | float) for each in listed):
            return "number", np.array([np.nan if each is None else each for each in listed], float)
    return "word", ["" if each is None else each for each in listed]


def _sample(values: Any, points: int) -> Any:
    """Return a random sample of the values; the same rows for columns of the same length."""
    import numpy as np

    rows = np.sort(np.random.default_rng(0).choice(len(values), points, replace=False))
    return [values[row] for row in rows] if isinstance(values, list) else values[rows]


def _in_base64(values: "NDArray[Any]") -> Payload:
    import numpy as np

    with np.errstate(over="ignore", under="ignore"):
        short = values.astype("<f4")
        chosen = short if _are_alike(values, short) else values.astype("<f8")
    return {"bits": 8 * chosen.itemsize, "data": base64.b64encode(chosen.tobytes()).decode()}


def _are_alike(values: "NDArray[Any]", short: "NDArray[Any]") -> bool:
    """Return whether rounding is invisible; for times and long numbers it is not."""
    import numpy as np

    finite = np.isfinite(values)
    known = values[finite]
    if not len(known):
        return True
    lost, span = np.abs(short[finite] - known), np.ptp(known)
    most = np.minimum(np.abs(known), span) if span else np.abs(known)
    return bool(np.all(lost <= _SEEN * most))
