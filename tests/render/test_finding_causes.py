"""Findings of several jobs with one cause are one group."""

from typing import Any

from squash_jenkins.render.site.causes import by_cause

_BUMP = {"name": "afw", "text": "1.2 → 1.3", "url": None}


def card(name: str, job: str, suspect: Any = _BUMP, direction: str = "worse") -> dict[str, Any]:
    about = {"drifts": False, "noise": False, "tone": "misses"}
    chips = [] if suspect is None else [suspect, {"name": "other", "text": name, "url": None}]
    return {"name": name, "job": job, "direction": direction, "chips": chips, **about}


def test_a_bump_that_shows_in_several_jobs_is_one_group() -> None:
    other = {"name": "afw", "text": "1.3 → 1.4", "url": None}
    first, alone = card("a", "one", direction="better"), card("b", "one", other)
    rest = [card("c", "two"), card("d", "three"), card("e", "four")]
    group, left = by_cause([first, alone, *rest])
    assert left is alone
    assert group["cards"] == [first, *rest]
    assert group["text"] == "First suspect of 4 findings in 4 jobs"
    assert (group["cause"], group["direction"]) == (_BUMP, "worse")


def test_findings_of_one_job_or_without_suspects_stay_apart() -> None:
    cards = [card("a", "one"), card("b", "one"), card("c", "two", None), card("d", "one", None)]
    assert by_cause(cards) == cards
