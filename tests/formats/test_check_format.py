"""The conformance check finds formats that break the contract."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.measured import new_report
from squash_jenkins.models import Measurement, Report
from squash_jenkins.testing import check_format, report_summary

Make = Callable[..., Document]


class Good(JsonFormat):
    """Read ``{"seconds": number}``; the others below each break one rule."""

    name = "good"

    def recognises(self, root: Any) -> bool:
        """Tell by the one key."""
        return isinstance(root, dict) and "seconds" in root

    def value(self, document: Document) -> float | None:
        """Return the value to report."""
        return Field(document.json).need("seconds").number()

    def read(self, document: Document) -> list[Report]:
        """Return one report with one measurement."""
        measurement = Measurement("time", self.value(document), unit="s")
        return [replace(new_report(document, self.name), measurements=(measurement,))]


class Careless(Good):
    def value(self, document: Document) -> float | None:
        return float(document.json["seconds"] + 0)


class NotFinite(Good):
    def value(self, document: Document) -> float | None:
        return math.nan


class Forgetful(Good):
    def read(self, document: Document) -> list[Report]:
        return [replace(report, digest="") for report in super().read(document)]


class Silent(Good):
    def read(self, document: Document) -> list[Report]:
        if document.content == b'{"seconds": 3.5}':
            return super().read(document)
        raise DocumentError("")


def test_a_good_format_passes(make_document: Make) -> None:
    (report,) = check_format(Good(), make_document({"seconds": 3.5}))
    assert report_summary(report)["measurements"] == {"time": 3.5}


@pytest.mark.parametrize(
    ("format", "words"),
    [
        (Careless(), "instead of a DocumentError"),
        (NotFinite(), "expected a finite float or None"),
        (Forgetful(), "path, format, digest and size"),
        (Silent(), "must give its reason"),
    ],
)
def test_a_bad_format_is_told(make_document: Make, format: JsonFormat, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_format(format, make_document({"seconds": 3.5}))


def test_a_sample_of_another_format_is_told(make_document: Make) -> None:
    with pytest.raises(AssertionError, match="does not recognise"):
        check_format(Good(), make_document({"minutes": 1}))
