"""Make reports of the results of tools: one value each, with its unit, direction and spread."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document
from squash_jenkins.formats.contract import MOST
from squash_jenkins.formats.fields import Field, storable
from squash_jenkins.formats.measured import new_report
from squash_jenkins.models import Measurement, Metric, Report
from squash_jenkins.models.metric_rules import HIGHER, LOWER
from squash_jenkins.text.one_line import one_line

_UNMEASURED = ("", "nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity")
"""Words by which tools say in JSON that there is no number, in small letters."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a tool.

    `value` is None where it was not measured. `direction` is one of
    `squash_jenkins.models.metric_rules.DIRECTIONS`, None where the tool does not say which values
    are better. `extra` has its spread: ``mean``, ``stddev``, ``min``, ``max``, ``repeats``, and
    ``low`` and ``high``, the ends of an interval about the value.
    """

    name: str
    value: float | None
    unit: str | None = None
    direction: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None


def result_report(
    document: Document, format_name: str, results: Iterable[Result], **fields: Any
) -> Report:
    """Return a report of results; those of a name that is there already are numbered ``#2`` ….

    Parameters
    ----------
    fields
        Further fields of the report: dataset, terms, node ….

    Raises
    ------
    DocumentError
        There are more than can be stored, before they fill the memory.
    """
    found = list(islice(results, MOST + 1))
    if len(found) > MOST:
        raise DocumentError(f"there are more than {MOST} results; that many are stored of a file")
    unique = numbered(found)
    return replace(
        new_report(document, format_name),
        measurements=tuple(
            Measurement(each.name, each.value, each.unit, extra=known(each.extra))
            for each in unique
        ),
        metrics=tuple(map(metric_of, unique)),
        **fields,
    )


def metric_of(result: Result) -> Metric:
    """Return the definition of the metric of a result."""
    rules = {"direction": result.direction} if result.direction else {}
    return Metric(result.name, result.unit, result.description, rules=rules)


def numbered(results: Sequence[Result]) -> list[Result]:
    """Return results whose names differ."""
    taken = Counter(each.name for each in results)
    seen: Counter[str] = Counter()
    found = []
    for each in results:
        seen[each.name] += 1
        name = each.name
        if seen[name] > 1:
            name = _free(each.name, seen[each.name], taken)
            taken[name] += 1
        found.append(replace(each, name=name))
    return found


def _free(name: str, at: int, taken: Mapping[str, int]) -> str:
    while f"{name}#{at}" in taken:
        at += 1
    return f"{name}#{at}"


def known(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of what stands beside a value, without NaN and the infinities."""
    return {key: value for key, value in storable(dict(extra)).items() if value is not None}


def number_or_none(parent: Field, key: str) -> float | None:
    """Return a member that is a number; None where it is absent or says "not measured".

    Some tools write that as text: ``"NaN"``, ``"-INF"`` or nothing.
    """
    member = parent.get(key)
    return None if member is None else measured(member)


def measured(member: Field) -> float | None:
    """Return a number; None for null, NaN, the infinities, and texts that say the same."""
    if isinstance(member.value, str) and member.value.strip().lower() in _UNMEASURED:
        return None
    return member.number()


def time_or_none(parent: Field, key: str) -> float | None:
    """Return a member that is a time; None where it was not measured.

    Raises
    ------
    DocumentError
        It is negative, or no number.
    """
    value = number_or_none(parent, key)
    if value is not None and value < 0:
        raise parent.need(key).fault("a time, which is not negative")
    return value


def median_or_mean(parent: Field, median: str, mean: str) -> tuple[float | None, dict[str, Any]]:
    """Return the median of times, else their mean, which is noted beside the value."""
    value = time_or_none(parent, median)
    if value is not None:
        return value, {}
    value = time_or_none(parent, mean)
    return value, {} if value is None else {"statistic": "mean"}


def bracketed(name: str, parameters: Field | None) -> str:
    """Return a name with parameters: ``sort (n=100, kind=list)``."""
    if parameters is None:
        return name
    words = [f"{key}={_word(member)}" for key, member in parameters.members()]
    return one_line(f"{name} ({', '.join(words)})", None) if words else name


def _word(member: Field) -> str:
    value = member.value
    if isinstance(value, dict | list):
        raise member.fault("text or a number")
    return value if isinstance(value, str) else Field(value).word()


def by_unit(unit: str | None) -> str | None:
    """Return which values are better by the unit: rates higher; times and memory lower."""
    if unit is None:
        return None
    if unit.startswith(("ops/", "items/", "B/s")) or unit.endswith("/s"):
        return HIGHER
    return LOWER if unit.endswith("/op") or unit in ("s", "ms", "us", "ns", "B", "bytes") else None


def entries(parent: Field, key: str) -> list[Field]:
    """Return the objects of a list that must be there.

    Raises
    ------
    DocumentError
        It is no list of objects.
    """
    found = list(parent.need(key).items())
    for each in found:
        each.mapping()
    return found


def check_one_kind(found: Iterable[Field], keys: Iterable[str], other: str) -> None:
    """Refuse entries that have keys of another format, too.

    Raises
    ------
    DocumentError
        The text names the entry; nobody can say which of its numbers is meant.
    """
    strange = set(keys)
    for each in found:
        if strange <= each.mapping().keys():
            raise DocumentError(
                f"{each.path} has the keys of {other}, too: {', '.join(sorted(strange))}; "
                "expected entries of one format"
            )
