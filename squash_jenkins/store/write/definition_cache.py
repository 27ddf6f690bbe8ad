"""A cache of the digests of definitions in documents: they hardly change between builds.

Computing them takes most of the time of saving a build, so they are cached by a fingerprint of
the definitions.
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

_MOST = 1000
"""Entries of each cache; a full cache is cleared."""
_T = TypeVar("_T")
_METRIC, _SPECIFICATION = values_of(Metric), values_of(Specification)


class SpecificationSet(NamedTuple):
    """The specifications of a report: their digest (None for none) and their metrics."""

    digest: str | None
    metrics: frozenset[str]


class MetricDefinitions(NamedTuple):
    """How the reports of a build define metrics: by name the digest and the definition."""

    digest: str
    names: frozenset[str]
    defined: Mapping[str, tuple[str, Definition]]


class DefinitionCache:
    """The digests of definitions by their content; may be shared by threads."""

    def __init__(self) -> None:
        self._sets: dict[bytes, SpecificationSet] = {}
        self._metrics: dict[bytes, MetricDefinitions] = {}

    def specifications(self, report: Report) -> SpecificationSet:
        """Return the set of the specifications of a report."""
        given = report.specifications
        fingerprint = _fingerprint(map(_SPECIFICATION, given))
        return _cached(self._sets, fingerprint, lambda: _set_of(given))

    def metrics(self, reports: Sequence[Report]) -> MetricDefinitions:
        """Return how the reports of a build, taken together, define metrics."""
        given = [metric for report in reports for metric in report.metrics]
        fingerprint = _fingerprint(map(_METRIC, given))
        return _cached(self._metrics, fingerprint, lambda: _definitions_of(given))


def _fingerprint(values: Iterable[tuple[Any, ...]]) -> bytes | None:
    """Return bytes that are equal for equal values only; None for values that marshal refuses.

    Format 2 of marshal is a plain walk in C: equal bytes mean equal types and values.
    """
    try:
        return hashlib.sha256(marshal.dumps(list(values), 2)).digest()
    except ValueError:  # times, or other objects
        return None


def _cached(cache: dict[bytes, _T], fingerprint: bytes | None, compute: Callable[[], _T]) -> _T:
    known = cache.get(fingerprint) if fingerprint is not None else None
    if known is not None:
        return known
    made = compute()
    if fingerprint is not None:
        if len(cache) >= _MOST:
            cache.clear()
        cache[fingerprint] = made
    return made


def _set_of(given: Sequence[Specification]) -> SpecificationSet:
    digests = {specification_digest(each, DOCUMENT) for each in given}
    names = frozenset(each.metric for each in given)
    return SpecificationSet(set_digest(list(digests)) if digests else None, names)


def _definitions_of(given: Sequence[Metric]) -> MetricDefinitions:
    found = {name: (definition_digest(each), each) for name, each in defined(given).items()}
    names = frozenset(metric.name for metric in given)
    digests = sorted((name, found[name][0] if name in found else "") for name in names)
    return MetricDefinitions(sha256_of(digests), names, found)
