"""Error bars from what tools say of repeated values."""

from typing import Any

import pytest

from squash_jenkins.render.site.spreads import spread_of


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"low": 1, "high": 3, "mean": 2, "stddev": 9}, (1, 3, "interval given by the tool")),
        (
            {"mean": 2.0, "stddev": 0.5, "min": 1, "max": 9, "repeats": 5},
            (1.5, 2.5, "mean ± standard deviation of 5 repeats"),
        ),
        ({"min": 1, "max": 9, "repeats": 3}, (1, 9, "smallest and largest of 3 repeats")),
        ({"stddev": 0.5}, None),
        ({"low": "1", "high": None, "min": True, "max": 2}, None),
        ({"low": float("nan"), "high": 1.0}, None),
        ({}, None),
    ],
)
def test_the_narrowest_statement_counts(extra: dict[str, Any], expected: object) -> None:
    assert spread_of(extra) == expected
