"""Group the cards of findings by their cause: one code change that shows in several jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.text.numbers import counted

_Card = Mapping[str, Any]
_DIRECTIONS = ("worse", "neutral", "better")
_JOBS = 2
"""A first suspect that findings of so many jobs share is their cause."""


def by_cause(cards: Sequence[_Card]) -> list[_Card]:
    """Return the cards, those with one cause as a group in the place of the first of them.

    A group has the `cause`, its `cards`, a `text`, and `direction`, `drifts` and `noise` of the
    worst of them. The same change is the first suspect of each, and they are of several jobs.
    """
    groups: dict[tuple[str, str], list[_Card]] = {}
    for card in cards:
        if card["chips"]:
            groups.setdefault(_cause(card), []).append(card)
    shared = {key: own for key, own in groups.items() if _jobs(own) >= _JOBS}
    found: dict[object, _Card] = {}
    for card in cards:
        key = _cause(card) if card["chips"] else None
        if key in shared:
            found.setdefault(key, _group(shared[key]))
        else:
            found[card["name"]] = card
    return list(found.values())


def _cause(card: _Card) -> tuple[str, str]:
    first = card["chips"][0]
    return first["name"], first["text"]


def _jobs(cards: Sequence[_Card]) -> int:
    return len({card["job"] for card in cards})


def _group(cards: Sequence[_Card]) -> _Card:
    worst = min(cards, key=lambda card: (_DIRECTIONS.index(card["direction"]), card["drifts"]))
    count, jobs = counted(len(cards), "finding"), counted(_jobs(cards), "job")
    return {
        "cause": cards[0]["chips"][0],
        "text": f"First suspect of {count} in {jobs}",
        "cards": list(cards),
        **{name: worst[name] for name in ("direction", "drifts", "noise", "tone")},
    }
