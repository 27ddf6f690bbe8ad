"""Tell by a digest whether two things that are to be stored are the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

from squash_jenkins.models import Blob, Build, BuildRecord, Specification

_WRITING = 1
"""Raise it when `write.save` stores more of a record than before: known builds are then
written again instead of being taken for unchanged."""


def record_digest(record: BuildRecord) -> str:
    """Return the SHA-256 (hex) of all that is stored of a build, of which the tables are kept.

    The list of artifacts is not stored and does not count.
    """
    return _sha256([_WRITING, record], _plain)


def specification_digest(specification: Specification, source: str) -> str:
    """Return the SHA-256 (hex) of a specification as it came from `source`."""
    return _sha256([source, specification], _plain)


def definition_digest(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a metric's definition."""
    return _sha256(definition, _plain)


def set_digest(digests: Sequence[str]) -> str:
    """Return the SHA-256 (hex) of a set of digests, whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def _sha256(value: Any, plain: Any) -> str:
    text = json.dumps(value, default=plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Blob):
        names = list(value.columns)
        return [value.identifier, value.name, value.digest, names, value.parameters]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): entry for key, entry in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        kind: Any = type(value)
        return {name: getattr(value, name) for name in _field_names(kind)}
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


@cache
def _field_names(kind: Any) -> list[str]:
    left_out = {"artifacts"} if kind is Build else set()
    return [field.name for field in fields(kind) if field.name not in left_out]
