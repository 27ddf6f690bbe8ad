"""Write the tables that came with builds for scripts: which there are, and their columns.

``<job data>/blobs.js`` tells what came with the newest builds, and ``data/blobs/<digest>.js``
holds one table. numpy and pyarrow are imported only when a table is read.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from squash_jenkins.errors import StoreError
from squash_jenkins.render.lines import BuildLine, JobLine
from squash_jenkins.render.output import content_key
from squash_jenkins.render.site import DRILLED, Site
from squash_jenkins.render.usage import Came

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from squash_jenkins.render.pools import Tables

__all__ = [
    "DRILLED", "SEARCHED", "Kept", "index", "newest", "of", "table_file", "table_path",
]  # fmt: skip
Payload = Mapping[str, Any]
SEARCHED = 200
"""Among so many newest builds of a job those with tables are looked for."""
_AT_ONCE = 24
_LISTED = 8
"""Of a parameter that is a list so many entries are told."""


@dataclass(frozen=True)
class Kept:
    """Hold what came with the newest builds that have tables, the oldest first."""

    builds: Sequence[tuple[BuildLine, Sequence[Came]]]

    @property
    def digests(self) -> list[str]:
        """Return the names of all tables, sorted."""
        found = {came.blob.digest for _, blobs in self.builds for came in blobs}
        return sorted(digest for digest in found if digest is not None)


def table_path(digest: str) -> str:
    """Return where the table of this name stands in the site."""
    return f"data/blobs/{digest}.js"


def newest(site: Site, job: JobLine, many: int) -> Kept:
    """Return what came with the newest builds of a job that have tables, at most `many`."""
    builds = site.builds(job)[-SEARCHED:]
    found: list[tuple[BuildLine, Sequence[Came]]] = []
    for end in range(len(builds), 0, -_AT_ONCE):
        found = of(site, builds[max(0, end - _AT_ONCE) : end]) + found
        if len(found) >= many:
            break
    return Kept(found[-many:])


def of(site: Site, builds: Sequence[BuildLine]) -> list[tuple[BuildLine, Sequence[Came]]]:
    """Return those of the builds that came with blobs, and these."""
    by_build: dict[int, list[Came]] = {}
    for came in site.blobs(builds):
        by_build.setdefault(came.build.key, []).append(came)
    return [(build, by_build[build.key]) for build in builds if build.key in by_build]


def index(builds: Sequence[tuple[BuildLine, Sequence[Came]]]) -> Payload:
    """Return which blobs there are: ``{builds, parameters, metrics}``.

    A build is ``{number, start (ms UTC), page, blobs}``, a blob ``{name, digest, rows, dataset,
    filter, metrics, parameters}``. The last two are places in the lists of all different ones:
    names of the metrics that were made from it, and ``[[name, value, unit, label, description],
    ...]``. `digest` is null where a blob has no table.
    """
    parameters, metrics = _Different(), _Different()
    told = [
        {
            "number": build.number,
            "start": round(build.row.started.timestamp() * 1000),
            "page": build.page,
            "blobs": [_blob(came, parameters, metrics) for came in blobs],
        }
        for build, blobs in builds
    ]
    return {"builds": told, "parameters": parameters.all, "metrics": metrics.all}


class _Different:
    """Collect lists, each once: most blobs share theirs with others."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, told: list[Any]) -> int:
        key = content_key(told)
        if key not in self._places:
            self._places[key] = len(self.all)
            self.all.append(told)
        return self._places[key]


def _blob(came: Came, parameters: _Different, metrics: _Different) -> Payload:
    own = [_parameter(name, about) for name, about in came.blob.parameters.items()]
    return {
        "name": came.blob.name,
        "digest": came.blob.digest,
        "rows": came.blob.rows,
        "dataset": came.report.dataset or "",
        "filter": came.report.filter or "",
        "metrics": metrics.place(list(came.metrics)),
        "parameters": parameters.place(own),
    }


def _parameter(name: str, about: Any) -> list[Any]:
    if not isinstance(about, Mapping):
        return [name, _plain(about), "", "", ""]
    words = [_line(about.get(key)) for key in ("unit", "label", "description")]
    return [name, _plain(about.get("value")), *words]


def _plain(value: Any) -> Any:
    if isinstance(value, list) and len(value) > _LISTED:
        return [*value[:_LISTED], "…"]
    return value


def _line(text: Any) -> str:
    """Return a text in one line: labels of some documents go on with a description."""
    return str(text or "").strip().split("\n")[0].strip()


def table_file(tables: "Tables | None", digest: str, points: int) -> Payload:
    """Return a table as its page is told; ``{fault}`` with a sentence where it cannot be read.

    Parameters
    ----------
    points
        Of a column with more values a sample of so many is told, of all columns the same rows.

    Returns
    -------
    mapping
        ``{rows, columns: {name: {unit, label, description, kind, size, data}}}``. `kind` is
        ``number``, ``list`` (numbers of lists of numbers, one after the other) or ``word``.
        `data` are little-endian float32 in base64, or a list of words; `size` is how many values
        there are of which these are a sample.

    """
    try:
        if tables is None:
            raise StoreError("The tables of this store cannot be reached from here.")
        table = tables.table(digest)
        return {"rows": table.num_rows, "columns": dict(_columns(table, points))}
    except StoreError as error:
        return {"fault": str(error)}


def _columns(table: Any, points: int) -> Iterator[tuple[str, Payload]]:
    for field, values in zip(table.schema, table.columns, strict=True):
        notes = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
        about = {key: _line(notes.get(key)) for key in ("unit", "label", "description")}
        kind, found = _values(values, notes.get("encoding") == "json")
        chosen = found if len(found) <= points else _sample(found, points)
        data = [str(each) for each in chosen] if kind == "word" else _base64(chosen)
        yield field.name, {**about, "kind": kind, "size": len(found), "data": data}


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
    """Return so many of the values by chance; of columns of one length the same rows."""
    import numpy as np

    rows = np.sort(np.random.default_rng(0).choice(len(values), points, replace=False))
    return [values[row] for row in rows] if isinstance(values, list) else values[rows]


def _base64(values: "NDArray[Any]") -> str:
    import numpy as np

    with np.errstate(over="ignore"):
        return base64.b64encode(values.astype("<f4").tobytes()).decode()
