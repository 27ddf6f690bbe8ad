"""Rank code changes by what is known of them."""

import random
from dataclasses import replace

import pytest

from squash_jenkins.analysis.suspects import Candidate, Suspect, rank
from squash_jenkins.models import Metric

ASTROMETRY = [
    Metric(
        "validate_drp.AM1", "marcsec", "Scatter of astrometric positions over visits", tags=["x"]
    )
]
PLAIN = [Metric("speed")]


def candidate(name: str, until: int = 7, at_begin: bool = True, **changes: object) -> Candidate:
    return replace(Candidate(name, "1 → 2", None, until, at_begin), **changes)  # type: ignore[arg-type] # fields by name


def names(found: list[Suspect]) -> list[str]:
    return [each.name for each in found]


def test_nothing_came_in() -> None:
    assert rank([], ASTROMETRY) == []


def test_scores_of_a_finding_add_up_to_one() -> None:
    found = rank([candidate("a"), candidate("b"), candidate("c", 6, False)], PLAIN)
    assert [each.score for each in found] == [0.4, 0.4, 0.2]
    assert found[0].reasons == ("came in with #7, one of 2 changes where it began",)
    assert found[2].reasons == ("came in with #6, where it may also have begun",)


def test_what_came_in_elsewhere_only_shares_everything() -> None:
    found = rank([candidate("a", 5, False), candidate("b", 6, False)], PLAIN)
    assert [each.score for each in found] == [0.5, 0.5]


def test_many_that_came_in_together_are_each_less_suspect() -> None:
    alone = candidate("alone", 5, False)
    crowd = [candidate(f"p{number}", 6, False) for number in range(9)]
    found = rank([*crowd, alone], PLAIN)
    assert (found[0].name, found[0].score) == ("alone", 0.5)
    assert found[1].score == pytest.approx(0.5 / 9, abs=1e-3)


def test_failed_builds_before_the_begin_are_no_place_of_their_own() -> None:
    found = rank([candidate("b", 6), candidate("a"), candidate("c")], PLAIN)
    assert [each.score for each in found] == [0.333] * 3
    assert found[1].reasons == ("came in with #6, one of 3 changes where it began",)


def test_where_several_builds_told_nothing_both_ends_are_named() -> None:
    [found] = rank([candidate("a", after=3)], PLAIN)
    assert found.reasons == ("came in between #3 and #7, the only change where it began",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "zz_astrom"}, "has to do with the metric: astrometric"),
        ({"name": "zz", "clues": "Sort positions first"}, "has to do with the metric: positions"),
        ({"name": "zz", "clues": "python/astrometry.py"}, "has to do with the metric: astrometric"),
        ({"name": "validate_drp"}, "the package that measures it"),
        (
            {"name": "zz", "elsewhere": ("ci #3, where PA1 moved", "b #4, where AM2 moved", "c")},
            "also came in with ci #3, where PA1 moved, and with b #4, where AM2 moved, and 1 more",
        ),
    ],
)
def test_each_fact_makes_more_suspect_and_says_why(changes: dict[str, object], reason: str) -> None:
    other = candidate("a")
    found = rank([other, replace(candidate("zz"), **changes)], ASTROMETRY)  # type: ignore[arg-type] # fields by name
    assert found[0].name == changes["name"]
    assert found[0].reasons[-1] == reason
    assert len(found[1].reasons) == 1


@pytest.mark.parametrize("clues", ["Add a test", "python/init.py", "vis", "Measure", "strom"])
def test_words_that_say_nothing_of_the_metric_do_not_count(clues: str) -> None:
    found = rank([candidate("a"), candidate("b", clues=clues)], ASTROMETRY)
    assert [each.score for each in found] == [0.5, 0.5]


def test_changes_that_did_no_harm_before_are_less_suspect() -> None:
    restless = candidate("a", quiet=10, steps=20)
    found = rank([restless, candidate("b", quiet=2, steps=20)], PLAIN)
    assert names(found) == ["b", "a"]
    assert found[1].reasons[-1] == "changed in 10 of 20 earlier builds and nothing moved"
    assert len(found[0].reasons) == 1


def test_the_order_of_the_candidates_does_not_matter() -> None:
    chance = random.Random(5)
    known = [
        candidate(name, chance.choice([6, 7]), quiet=chance.randrange(3), clues=clues)
        for name in "fbcade"
        for clues in ("", "astrometry")
    ]
    expected = rank(known, ASTROMETRY)
    for _ in range(20):
        chance.shuffle(known)
        assert rank(known, ASTROMETRY) == expected
