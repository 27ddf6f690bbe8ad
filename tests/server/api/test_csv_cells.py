"""CSV of the REST API holds no formulas; ``sharing.js`` is tested with the same cases."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.server.api.read import csv_cells
from squash_jenkins.server.api.read.series_formats import as_csv
from squash_jenkins.store.rows import Points, SeriesPart

CASES = json.loads((Path(__file__).parents[2] / "data" / "csv_cells.json").read_text())


@pytest.mark.parametrize(("value", "field"), CASES)
def test_cells_are_no_formulas(value: Any, field: str) -> None:
    assert csv_cells.cell(value) == field
    (read,) = next(csv.reader(io.StringIO(f"{field}\r\n", newline=""))) or [""]
    text = "" if value is None else str(value)
    assert read in (text, f"'{text}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_empty(value: float) -> None:
    assert csv_cells.cell(value) == ""


def test_series_hold_no_formula() -> None:
    part = SeriesPart("=HYPERLINK(1)", "@r", "", "-")
    table = as_csv(
        {}, Points([1, 2], [7, 8], [0.0, 1.0], [-0.5, None], [None, {}], [0, 0], [part], True)
    )
    first, second = csv.DictReader(io.StringIO(table.decode(), newline=""))
    assert (float(first["value"]), second["value"], first["build"]) == (-0.5, "", "7")
    assert [first[name] for name in ("dataset", "filter", "unit")] == [
        "'=HYPERLINK(1)",
        "'@r",
        "'-",
    ]
