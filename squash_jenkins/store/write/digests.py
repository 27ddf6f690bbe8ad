"""Digests that compare what is stored with what is to be stored."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from squash_jenkins.models import Blob, Build, BuildRecord, Measurement, Package, Report

_WRITING = 3
"""Increase it when more of a record is stored, or its digest is computed differently: stored builds
are then written again instead of being taken for unchanged."""


@cache
def values_of(kind: Any, *left_out: str) -> Callable[[Any], tuple[Any, ...]]:
    """Return a fast function that returns the fields of a model as a tuple."""
    return attrgetter(*(field.name for field in fields(kind) if field.name not in left_out))


_BUILD = values_of(Build, "artifacts", "root", "node", "branch")
_REPORT = values_of(Report, "measurements", "metrics", "specifications", "packages")
_MEASUREMENT = values_of(Measurement)
_PACKAGE = values_of(Package)


def record_digest(record: BuildRecord, definitions: str, sets: Sequence[str | None]) -> str:
    """Return the SHA-256 (hex) of everything that is stored of a build.

    Parameters
    ----------
    record
        The detached build; its list of artifacts does not count, nor its node, which is compared
        apart, as not everything that reports a build knows it.
    definitions
        Digest of the definitions of metrics in its reports.
    sets
        Digest of the specifications of each report.

    """
    reports = [
        [
            *_REPORT(report),
            list(map(_MEASUREMENT, report.measurements)),
            list(map(_PACKAGE, report.packages)),
        ]
        for report in record.reports
    ]
    parts = [_WRITING, _BUILD(record.build), reports, definitions, sets, record.rejected]
    return sha256_of(parts)


def specification_digest(specification: Any, source: str) -> str:
    """Return the SHA-256 (hex) of a specification as it came from `source`.

    Only a range has an `upper`: the digests of all others stay as they were before ranges existed.
    """
    given = plain(specification)
    if given["upper"] is None:
        del given["upper"]
    return sha256_of([source, given])


def definition_digest(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a metric's definition.

    Without rules it is as it was before there were any.
    """
    given = dict(definition)
    if not given.get("rules"):
        given.pop("rules", None)
    return sha256_of(given)


def set_digest(digests: Sequence[str]) -> str:
    """Return the SHA-256 (hex) of a set of digests, independent of their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def sha256_of(value: Any) -> str:
    """Return the SHA-256 (hex) of models, and of lists and mappings of them."""
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def plain(value: Any) -> Any:
    """Return one level of a value in a form that JSON allows; a table becomes its digest."""
    if isinstance(value, Blob):
        names = list(value.columns)
        return [value.identifier, value.name, value.digest, names, value.parameters]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): entry for key, entry in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        kind: Any = type(value)
        return dict(zip(_names(kind), values_of(kind)(value), strict=True))
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


_canonical = json.JSONEncoder(default=plain, sort_keys=True).encode
