"""Compare measurements with their specifications: which apply, are met, which level is reached.

::

    conditions = Conditions(filter="r", dataset="cfht", terms=report.terms, started=build.started)
    specifications = applicable(measurement, own, conditions, seeded=seeded)
    verdicts = verify(measurement, specifications)     # {"minimum": Verdict(met=True …), …}
    status = best_level(measurement, verdicts)        # "design"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from squash_jenkins.analysis.specifications.units import same_unit
from squash_jenkins.analysis.specifications.verdicts import NOT_MEASURED, Verdict, stricter, verify
from squash_jenkins.models import DATASET_TERM, LEVELS, JsonObject, Measurement, Specification

__all__ = [
    "NOT_COMPARABLE",
    "NOT_MEASURED",
    "NO_SPECIFICATION",
    "Conditions",
    "Verdict",
    "applicable",
    "best_level",
    "level_place",
    "same_unit",
    "severity",
    "verify",
    "worst",
]

NOT_COMPARABLE = "not comparable"
NO_SPECIFICATION = "no specification"
MISSES = "misses "
"""Begins the status of a measurement that reaches no level: ``misses minimum``."""

_DATASET_TERMS = ("dataset", "dataset_name", "ci_dataset")


@dataclass(frozen=True, slots=True)
class Conditions:
    """Hold the conditions of a measurement; `started` is the build's (UTC)."""

    filter: str | None
    dataset: str | None
    started: datetime
    terms: JsonObject = field(default_factory=dict)


def applicable(
    measurement: Measurement,
    own: Iterable[Specification],
    conditions: Conditions,
    *,
    seeded: Iterable[Specification] = (),
) -> list[Specification]:
    """Return the specifications that apply to a measurement, at most one for each level.

    A specification applies when it is for this metric, the filter is among its
    filters (none listed: any), all terms of its query are equal to the
    report's, and the build started within its dates. A measurement that was
    made for a level is compared with that level only. Where several apply at one
    level, the one with the most conditions counts, then the strictest.

    Parameters
    ----------
    measurement, conditions
        What was measured, and under which conditions.
    own
        The specifications that came with the document; they win at each level.
    seeded
        The others, from ``db/seed`` or added by hand.
    """
    chosen = _by_level(measurement, seeded, conditions)
    chosen.update(_by_level(measurement, own, conditions))
    return sorted(chosen.values(), key=lambda each: (level_place(each.level), each.level))


def best_level(measurement: Measurement, verdicts: Mapping[str, Verdict]) -> str:
    """Return in a word what a measurement reaches.

    Returns
    -------
    str
        The tightest level that is met; ``misses minimum`` (or the loosest level
        there is) when none is, or when the minimum itself is missed;
        ``not measured``; ``not comparable`` when no unit fits; ``no specification``.
        Other names than minimum, design and stretch count only where none of
        these is compared.
    """
    if measurement.value is None:
        return NOT_MEASURED
    return _reached(verdicts)


def severity(status: str) -> int:
    """Rank a status: 0 is the worst (``misses minimum``), larger is better or says nothing."""
    order = (
        (f"{MISSES}minimum",),
        ("minimum", f"{MISSES}design"),
        ("design", f"{MISSES}stretch"),
        (NOT_MEASURED,),
        (NOT_COMPARABLE,),
        (NO_SPECIFICATION,),
    )
    ranks = {
        word: rank for rank, words in zip((0, 2, 3, 5, 6, 7), order, strict=True) for word in words
    }
    return ranks.get(status, 1 if status.startswith(MISSES) else 4)


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of many statuses, ``no specification`` when there are none.

    What was compared counts before what was not: one ``design`` beside many
    ``not measured`` gives ``design``. ``not measured`` is the worst only where nothing else is:
    18 of 20 values without a specification give ``no specification``.
    """
    return min(
        statuses,
        key=lambda status: (status == NOT_MEASURED, severity(status), status),
        default=NO_SPECIFICATION,
    )


def _by_level(
    measurement: Measurement, specifications: Iterable[Specification], conditions: Conditions
) -> dict[str, Specification]:
    chosen: dict[str, Specification] = {}
    for each in specifications:
        if each.metric != measurement.metric or not _applies(each, conditions):
            continue
        if measurement.level and each.level != measurement.level:
            continue
        rival = chosen.get(each.level)
        if rival is None or _precedes(each, rival):
            chosen[each.level] = each
    return chosen


def _applies(specification: Specification, conditions: Conditions) -> bool:
    return (
        (not specification.filters or conditions.filter in specification.filters)
        and all(_term_applies(*term, conditions) for term in specification.query.items())
        and (specification.since is None or specification.since <= conditions.started)
        and (specification.until is None or conditions.started < specification.until)
    )


def _term_applies(key: str, wanted: Any, conditions: Conditions) -> bool:
    terms = conditions.terms
    if key not in _DATASET_TERMS:
        return key in terms and bool(terms[key] == wanted)
    # A label may be joined to the dataset that is shown; then the terms name it alone.
    return wanted in (terms.get(key, terms.get(DATASET_TERM)), conditions.dataset)


def _precedes(one: Specification, other: Specification) -> bool:
    """Return whether `one` counts where both apply."""
    conditions_of_one = (len(one.query), bool(one.filters), one.since is not None)
    conditions_of_other = (len(other.query), bool(other.filters), other.since is not None)
    if conditions_of_one != conditions_of_other:
        return conditions_of_one > conditions_of_other
    return stricter(one, other)


def _reached(verdicts: Mapping[str, Verdict]) -> str:
    compared = {
        level: verdict.met for level, verdict in verdicts.items() if verdict.met is not None
    }
    if not compared:
        return NOT_COMPARABLE if verdicts else NO_SPECIFICATION
    required = [level for level in compared if level in LEVELS]
    levels = sorted(required or compared, key=lambda level: (level_place(level), level))
    met = [level for level in levels if compared[level]]
    if not met or (levels[0] == LEVELS[0] and not compared[levels[0]]):
        return f"{MISSES}{levels[0]}"
    return met[-1]


def level_place(level: str) -> int:
    """Return the rank of a level from loose to tight; unusual names come last."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
