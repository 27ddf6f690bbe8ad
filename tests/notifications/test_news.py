"""Which findings are news."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from squash_jenkins.models.finding import (
    BETTER,
    DRIFT,
    NEUTRAL,
    STEP,
    VANISHED,
    WORSE,
    Finding,
    SeriesChange,
    Triage,
)
from squash_jenkins.store.rows import FindingRow

NEWEST = [17, 16, 15]


def row(**changes):
    change = SeriesChange(STEP, WORSE, "p.a", 15, 15, 15, p_value=changes.pop("p_value", 1e-5))
    finding = Finding(STEP, WORSE, 15, 15, 15, (change,))
    given = {name: changes.pop(name) for name in list(changes) if name in Finding.__match_args__}
    made = FindingRow(1, "abc", 1, 1, False, None, None, replace(finding, **given))
    return made._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "is_news"),
    [
        ({}, True),
        ({"direction": BETTER}, True),
        ({"direction": NEUTRAL}, False),
        ({"build": 14, "last": 16}, False),
        ({"kind": DRIFT, "build": 3, "first": 3, "last": 16}, True),
        ({"kind": DRIFT, "build": 3, "first": 3, "last": 14}, False),
        ({"ended": 17}, False),
        ({"p_value": 2e-5}, False),
        ({"series": (SeriesChange(VANISHED, WORSE, "p.a", 15, 15, 15),)}, True),
        ({"withdrawn": True}, False),
        ({"triage": Triage("known", "qa", datetime(2026, 5, 1, tzinfo=UTC))}, False),
        ({"triage": Triage("open", "qa", datetime(2026, 5, 1, tzinfo=UTC))}, True),
    ],
    ids=str,
)
def test_news_is_what_began_among_the_newest_builds_and_concerns_people(changes, is_news):
    assert row(**changes).is_news(NEWEST) is is_news
