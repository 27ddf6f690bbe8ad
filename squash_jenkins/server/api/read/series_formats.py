"""Points of series as JSON, CSV and Arrow."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from squash_jenkins.server.api.read import csv_cells
from squash_jenkins.store.rows import Points
from squash_jenkins.verification.missing import of_value

CSV, ARROW = "text/csv", "application/vnd.apache.arrow.stream"
_WORDS = ("dataset", "filter", "level", "unit")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_json(head: Mapping[str, str], points: Points) -> bytes:
    """Return each series with its columns, as JSON."""
    names = ("build_id", "build", "started", "value")
    columns = [getattr(points, name) for name in names]
    places: list[list[int]] = [[] for _ in points.parts]
    for place, part in enumerate(points.part):
        places[part].append(place)
    single = len(places) == 1
    series = [
        {
            **points.parts[part]._asdict(),
            "columns": {
                name: column if single else [column[at] for at in own]
                for name, column in zip(names, columns, strict=True)
            },
            "missing": _missing(points, own),
        }
        for part, own in enumerate(places)
    ]
    whole = {**head, "whole": points.whole, "series": series}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


def _missing(points: Points, places: Sequence[int]) -> dict[int, str]:
    """Return why values are null, by their place in the columns."""
    extras = ((at, points.extra[place]) for at, place in enumerate(places))
    return {at: of_value(extra).text for at, extra in extras if extra is not None}


def as_csv(_head: Mapping[str, str], points: Points) -> bytes:
    """Return a CSV table with times in ISO 8601; missing values are empty."""
    lines = [csv_cells.row(("build_id", "build", "started", "value", *_WORDS))]
    columns = (points.build_id, points.build, points.started, points.value, points.part)
    for key, number, started, value, part in zip(*columns, strict=True):
        moment = (_EPOCH + timedelta(milliseconds=started)).isoformat()
        lines.append(csv_cells.row((key, number, moment, value, *points.parts[part])))
    return "".join(lines).encode()


def as_arrow(head: Mapping[str, str], points: Points) -> bytes:
    """Return a table as an Arrow stream; names are dictionaries, times are UTC."""
    pa: Any = import_module("pyarrow")  # only partly typed

    micros = [round(moment * 1000) for moment in points.started]
    part = pa.array(points.part, pa.int32())
    columns = {
        "build_id": pa.array(points.build_id, pa.int64()),
        "build": pa.array(points.build, pa.int64()),
        "started": pa.array(micros, pa.timestamp("us", "UTC")),
        "value": pa.array(points.value, pa.float64()),
    }
    for at, name in enumerate(_WORDS):
        words = pa.array([each[at] for each in points.parts], pa.string())
        columns[name] = pa.DictionaryArray.from_arrays(part, words)
    table = pa.table(columns).replace_schema_metadata(dict(head))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
