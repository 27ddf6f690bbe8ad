"""Tell cheaply what the documents of a build define: it hardly changes from build to build.

Digests of definitions take most of the time of storing a build, so they are remembered by a
fingerprint of what they are made of.
"""

import hashlib
import marshal
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from squash_jenkins.models import Metric, Report, Specification
from squash_jenkins.store.rows import DOCUMENT
from squash_jenkins.store.write.definitions import Definition, defined
from squash_jenkins.store.write.digests import (
    definition_digest,
    set_digest,
    sha256_of,
    specification_digest,
    values_of,
)

_REMEMBERED = 1000
"""Different contents that are remembered; after so many it begins anew."""
_T = TypeVar("_T")
_METRIC, _SPECIFICATION = values_of(Metric), values_of(Specification)


class CarriedSet(NamedTuple):
    """Name the specifications of a report by their digest, None for none, and their metrics."""

    digest: str | None
    metrics: frozenset[str]


class CarriedMetrics(NamedTuple):
    """Hold what the reports of a build say of metrics: by name the digest and the definition."""

    digest: str
    names: frozenset[str]
    defined: Mapping[str, tuple[str, Definition]]


class Carried:
    """Remember digests of definitions by content; it may be shared by threads."""

    def __init__(self) -> None:
        self._sets: dict[bytes, CarriedSet] = {}
        self._metrics: dict[bytes, CarriedMetrics] = {}

    def specifications(self, report: Report) -> CarriedSet:
        """Return what names the specifications of a report."""
        given = report.specifications
        fingerprint = _fingerprint(map(_SPECIFICATION, given))
        return _remembered(self._sets, fingerprint, lambda: _set(given))

    def metrics(self, reports: Sequence[Report]) -> CarriedMetrics:
        """Return what the reports of a build, taken together, say of metrics."""
        given = [metric for report in reports for metric in report.metrics]
        fingerprint = _fingerprint(map(_METRIC, given))
        return _remembered(self._metrics, fingerprint, lambda: _definitions(given))


def _fingerprint(values: Iterable[tuple[Any, ...]]) -> bytes | None:
    """Return bytes that are equal for equal content only; None for what has no such form.

    Format 2 of marshal is a plain walk in C: equal bytes mean equal types and values.
    """
    try:
        return hashlib.sha256(marshal.dumps(list(values), 2)).digest()
    except ValueError:  # times, or other objects
        return None


def _remembered(found: dict[bytes, _T], fingerprint: bytes | None, compute: Callable[[], _T]) -> _T:
    known = found.get(fingerprint) if fingerprint is not None else None
    if known is not None:
        return known
    made = compute()
    if fingerprint is not None:
        if len(found) >= _REMEMBERED:
            found.clear()
        found[fingerprint] = made
    return made


def _set(given: Sequence[Specification]) -> CarriedSet:
    digests = {specification_digest(each, DOCUMENT) for each in given}
    names = frozenset(each.metric for each in given)
    return CarriedSet(set_digest(list(digests)) if digests else None, names)


def _definitions(given: Sequence[Metric]) -> CarriedMetrics:
    found = {name: (definition_digest(each), each) for name, each in defined(given).items()}
    names = frozenset(metric.name for metric in given)
    digests = sorted((name, found[name][0] if name in found else "") for name in names)
    return CarriedMetrics(sha256_of(digests), names, found)
