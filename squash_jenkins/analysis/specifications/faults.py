"""Find odd specifications: each is reported once, as a warning, and fails nothing."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from squash_jenkins.analysis.specifications.applicable import level_place
from squash_jenkins.analysis.specifications.units import known_unit, why_not
from squash_jenkins.analysis.specifications.verdicts import fault_of, limits_in
from squash_jenkins.models import LEVELS, WITHIN, Metric, Specification
from squash_jenkins.text.specification import limit_text

_LESS, _MORE = ("<=", "<"), (">=", ">")


def warnings(
    specifications: Iterable[Specification],
    metrics: Mapping[str, Metric] | None = None,
    filters: Collection[str] = (),
) -> list[str]:
    """Return a sentence for each thing that is odd, each once.

    Reported are an unknown operator, no or reversed bounds, an unknown unit or one that is not the
    metric's kind, dates between which nothing lies, filters that no data has, and a level that
    is looser than one below it.

    Parameters
    ----------
    specifications
        What belongs together, such as what one source defines or one document carries.
    metrics
        The known metrics by name.
    filters
        All filters that data has; when there are none, filters are not checked.
    """
    given = list(specifications)
    known = metrics or {}
    found = [fault for each in given for fault in _faults(each, known.get(each.metric))]
    found += _without_data(given, filters)
    found += _contradictions(given)
    return list(dict.fromkeys(found))


def _faults(each: Specification, metric: Metric | None) -> Iterator[str]:
    fault = fault_of(each)
    if fault:
        yield f"{each.name} has no effect: {fault}."
    if not known_unit(each.unit):
        yield f"{each.name}: {why_not(each.unit, 'dimensionless')}, so it only fits that unit."
    elif metric is not None and known_unit(metric.unit) and why_not(each.unit, metric.unit):
        yield (
            f"{each.name} is in {each.unit}, but {each.metric} is measured in {metric.unit}: "
            f"{why_not(each.unit, metric.unit)}."
        )
    if each.since is not None and each.until is not None and each.since >= each.until:
        dates = f"since {each.since:%Y-%m-%d %H:%M}, until {each.until:%Y-%m-%d %H:%M} UTC"
        yield f"{each.name} is never valid: {dates}."


def _without_data(given: Iterable[Specification], filters: Collection[str]) -> Iterator[str]:
    asked: dict[tuple[str, ...], list[str]] = {}
    for each in given:
        if filters and each.filters and not set(filters) & set(each.filters):
            asked.setdefault(tuple(each.filters), []).append(each.name)
    for names, of in asked.items():
        more = f" and {len(of) - 1} more" if len(of) > 1 else ""
        yield f"No data has a filter of {', '.join(names)}, which {of[0]}{more} asks for."


def _contradictions(given: Iterable[Specification]) -> Iterator[str]:
    """Report pairs of levels under the same conditions of which the tighter asks for less."""
    together: dict[Any, list[Specification]] = {}
    for each in given:
        if each.level in LEVELS:
            conditions = (each.metric, frozenset(each.filters), repr(sorted(each.query.items())))
            together.setdefault(conditions, []).append(each)
    for levels in together.values():
        ordered = sorted(levels, key=lambda each: level_place(each.level))
        for loose, tight in combinations(ordered, 2):
            if loose.level != tight.level and _overlap(loose, tight):
                yield from _contradiction(loose, tight)


def _contradiction(loose: Specification, tight: Specification) -> Iterator[str]:
    outer, inner = _span(loose, tight.unit), _span(tight, tight.unit)
    if outer is None or inner is None:
        return
    if outer[0] <= inner[0] and inner[1] <= outer[1]:
        return
    within = inner[0] <= outer[0] and outer[1] <= inner[1]
    how = "is looser than" if within else "does not lie within"
    yield f"{limit_text(tight)} {how} {limit_text(loose)}: {tight.metric}."


def _span(each: Specification, unit: str | None) -> tuple[float, float] | None:
    """Return what values meet a specification; None when they are no span."""
    limits = limits_in(each, unit)
    if isinstance(limits, str):
        return None
    if each.operator == WITHIN:
        return limits[0], limits[1]
    if each.operator in _LESS:
        return -math.inf, limits[0]
    if each.operator in _MORE:
        return limits[0], math.inf
    return (limits[0], limits[0]) if each.operator == "==" else None


def _overlap(one: Specification, other: Specification) -> bool:
    """Return whether there is a moment at which both are valid."""
    return _begins_before(one, other) and _begins_before(other, one)


def _begins_before(one: Specification, other: Specification) -> bool:
    return one.since is None or other.until is None or one.since < other.until
