"""Which specifications apply to a series at which of its builds."""

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.specifications.timeline import SpecificationSets, Timeline
from squash_jenkins.models import JsonObject, SeriesId, Specification

SERIES = SeriesId("cfht", "r", "p.x", "")
STARTS = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=day) for day in range(6)]


class Came(NamedTuple):
    specification_set: int | None
    terms: str = "{}"

    @property
    def as_object(self) -> JsonObject:
        found: JsonObject = json.loads(self.terms)
        return found


def specified(threshold: float, **changes: object) -> Specification:
    return Specification("p.x", "x", "minimum", "<=", threshold, **changes)  # type: ignore[arg-type] # any field


def thresholds(timeline: Timeline, origin: list[int]) -> list[tuple[list[int], list[float]]]:
    found = timeline.segments(SERIES, np.array(origin, dtype=np.int32))
    return [(places.tolist(), [each.threshold for each in own]) for places, own in found]


def test_a_segment_ends_where_another_specification_or_report_begins() -> None:
    sets = SpecificationSets()
    sets.add({None: [specified(1, until=STARTS[2]), specified(2, since=STARTS[2])], 7: []})
    timeline = Timeline(sets, [Came(None), Came(7)], STARTS)
    assert thresholds(timeline, [0, -1, 0, 0, 1, 0]) == [
        ([0], [1]),
        ([2, 3], [2]),
        ([4], []),
        ([5], [2]),
    ]


def test_specifications_may_depend_on_the_terms_of_the_report() -> None:
    sets = SpecificationSets()
    sets.add({1: [specified(3, query={"camera": "hsc"})]})
    timeline = Timeline(sets, [Came(1), Came(1, '{"camera": "hsc"}')], STARTS)
    assert thresholds(timeline, [0, 0, 1, -1, -1, -1]) == [([0, 1], []), ([2], [3])]


def test_dates_of_sets_that_are_added_later_change_nothing_of_what_is_known() -> None:
    sets = SpecificationSets()
    sets.add({1: [specified(1, until=STARTS[4]), specified(2, since=STARTS[4])]})
    early = Timeline(sets, [Came(1)], STARTS)
    sets.add({2: [specified(5, since=STARTS[1])]})
    late = Timeline(sets, [Came(1), Came(2)], STARTS)
    assert sets.missing([Came(1), Came(2), Came(3)]) == {3}
    expected = [([0, 1, 2, 3], [1]), ([4, 5], [2])]
    assert thresholds(late, [0] * 6) == thresholds(early, [0] * 6) == expected
