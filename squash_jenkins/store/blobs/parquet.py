"""Columns as Parquet and back; pyarrow is imported only when called.

Unit, label and description of a column are metadata of its Parquet field.
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import accumulate, chain
from typing import Any

from squash_jenkins.errors import StoreError
from squash_jenkins.models import Column
from squash_jenkins.store.schema.types import clean_json, clean_text

_ABOUT = ("unit", "label", "description")
_ENCODING = "encoding"
"""Field metadata "json": the column has values of several types, each written as JSON."""


def _pyarrow() -> tuple[Any, Any]:
    """Return pyarrow (untyped) and its Parquet module; importing them takes 0.2 s."""
    return import_module("pyarrow"), import_module("pyarrow.parquet")


def about(column: Column) -> dict[str, str]:
    """Return the known ones of unit, label and description of a column."""
    known = {name: getattr(column, name) for name in _ABOUT}
    return {name: clean_text(str(text)) for name, text in known.items() if text is not None}


def read_table(file: Any, columns: Sequence[str] | None, what: str) -> Any:
    """Return columns (None: all) of an open Parquet file as a pyarrow table.

    Raises
    ------
    StoreError
        When a column is missing or the file is damaged; the message calls it `what`.
    """
    pa, pq = _pyarrow()
    try:
        found = pq.ParquetFile(file)
        missing = sorted(set(columns or ()) - set(found.schema_arrow.names))
        if missing:
            known = ", ".join(found.schema_arrow.names)
            raise StoreError(f"{what} has no column {', '.join(missing)}; it has {known}.")
        return found.read(columns=None if columns is None else list(columns))
    except pa.ArrowException as error:
        raise _damaged(what, error) from error


def read_schema(file: Any, what: str) -> Any:
    """Return the pyarrow schema of an open Parquet file; see `read_table`."""
    pa, pq = _pyarrow()
    try:
        return pq.ParquetFile(file).schema_arrow
    except pa.ArrowException as error:
        raise _damaged(what, error) from error


def _damaged(what: str, error: Exception) -> StoreError:
    return StoreError(
        f"{what} is damaged ({type(error).__name__}): bring it back from the backup, or "
        "delete it and read its build from Jenkins again."
    )


def encode(columns: Mapping[str, Column]) -> bytes:
    """Return the columns as the bytes of a Parquet file."""
    pa, pq = _pyarrow()
    made = [_field_and_array(clean_text(name), column) for name, column in columns.items()]
    schema = pa.schema([field for field, _ in made])
    sink = pa.BufferOutputStream()
    table = pa.Table.from_arrays([values for _, values in made], schema=schema)
    # Measured values hardly repeat and are not searched: dictionaries and statistics only cost.
    pq.write_table(table, sink, compression="zstd", use_dictionary=False, write_statistics=False)
    return bytes(sink.getvalue())


def _field_and_array(name: str, column: Column) -> tuple[Any, Any]:
    pa, _ = _pyarrow()
    notes = about(column)
    try:
        values = _array(column.values)
        plain = _is_plain(values.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        plain = False
    if not plain:
        values = pa.array([json.dumps(clean_json(value)) for value in column.values], pa.string())
        notes[_ENCODING] = "json"
    return pa.field(name, values.type, metadata=notes), values


def _array(values: Sequence[Any]) -> Any:
    """Return an array of the values.

    ``pa.array`` checks for pandas objects, and importing pandas takes longer than everything else
    here: so numbers, and lists of them, are passed as buffers.
    """
    pa, _ = _pyarrow()
    if not values:
        return pa.array(values)
    kinds = set(map(type, values))
    if kinds == {float}:
        return _from_buffer(pa.float64(), array("d", values))
    if kinds == {list}:
        flat = list(chain.from_iterable(values))
        offsets = array("i", accumulate(map(len, values), initial=0))
        if set(map(type, flat)) == {float}:
            return pa.ListArray.from_arrays(_from_buffer(pa.int32(), offsets), _array(flat))
    return pa.array(values)


def _from_buffer(kind: Any, values: "array[Any]") -> Any:
    pa, _ = _pyarrow()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values.tobytes())])


def _is_plain(kind: Any) -> bool:
    """Return whether a column type is numbers, strings, or (ragged) lists of them."""
    pa, _ = _pyarrow()
    if pa.types.is_list(kind):
        return _is_plain(kind.value_type)
    kinds = (pa.types.is_primitive, pa.types.is_string, pa.types.is_null)
    return any(is_kind(kind) for is_kind in kinds)


def decode(table: Any) -> dict[str, Column]:
    """Return the columns of a pyarrow table as they were passed to `encode`."""
    arrays = zip(table.schema, table.columns, strict=True)
    return {field.name: _column(field, values) for field, values in arrays}


def _column(field: Any, values: Any) -> Column:
    notes = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
    listed = values.to_pylist()
    if notes.get(_ENCODING) == "json":
        listed = [json.loads(text) for text in listed]
    return Column(listed, *(notes.get(name) for name in _ABOUT))
