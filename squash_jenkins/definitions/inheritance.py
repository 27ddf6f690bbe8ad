"""Resolve what specifications in the layout of lsst.verify inherit from others.

A document with an ``id`` is a partial: others name it in ``base`` as ``#id`` (same file),
``path#id`` (path in the package's folder, without suffix) or ``package:path#id``. Any other
``base`` names a specification, as ``metric.name`` or ``package.metric.name``. Bases are merged in
their order, then the document itself: objects by key, lists one after the other, and the rest is
replaced (SQR-019; ``lsst.verify.yamlutils.merge_documents``). Here no entry comes into a list
twice, which makes no difference to tags.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import Field

_PARTIAL = re.compile(r"(?:(?P<package>[^\s:]+):)?(?P<path>[^\s#]+)?#(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one document of a file: `path` is the file's in the package, without suffix."""

    package: str
    path: str
    field: Field

    @property
    def bases(self) -> list[str]:
        """Return the full names of what it inherits from."""
        field = self.field.get("base")
        if field is None:
            return []
        entries = field.items() if isinstance(field.value, list) else [field]
        return [_full_name(self, entry) for entry in entries]


def resolved(parts: Iterable[Part]) -> list[Part]:
    """Return the specifications, in their order, with everything that they inherit.

    Raises
    ------
    DocumentError
        A base is missing, or two documents inherit from each other.
    """
    waiting = list(enumerate(parts))
    known: dict[str, Mapping[str, Any]] = {}
    found: dict[int, Part] = {}
    while waiting:
        later = []
        for place, part in waiting:
            if any(name not in known for name in part.bases):
                later.append((place, part))
                continue
            whole = _whole(part, known)
            known.setdefault(_name_of(whole), whole.field.mapping())
            if "id" not in part.field.mapping():
                found[place] = whole
        if len(later) == len(waiting):
            raise _unresolved(later[0][1], known)
        waiting = later
    return [part for _, part in sorted(found.items())]


def _whole(part: Part, known: Mapping[str, Mapping[str, Any]]) -> Part:
    merged: dict[str, Any] = {}
    for name in part.bases:
        inherited = {key: value for key, value in known[name].items() if key not in ("id", "name")}
        merged = _merged(merged, inherited)
    own = {key: value for key, value in part.field.mapping().items() if key != "base"}
    return Part(part.package, part.path, part.field.beside(_merged(merged, own)))


def _merged(base: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in new.items():
        former = found.get(key)
        if isinstance(former, dict) and isinstance(value, dict):
            found[key] = _merged(former, value)
        elif isinstance(former, list) and isinstance(value, list):
            found[key] = former + [entry for entry in value if entry not in former]
        else:
            found[key] = value
    return found


def _full_name(part: Part, entry: Field) -> str:
    text = entry.name()
    if "#" in text:
        named = _PARTIAL.fullmatch(text)
        if named is None:
            raise entry.fault("#id, path#id or package:path#id")
        path = (named["path"] or part.path).removesuffix(".yaml").removesuffix(".yml")
        return f"{named['package'] or part.package}:{path}#{named['name']}"
    parts = text.split(".", 2)
    return text if len(parts) == 3 and parts[0] == part.package else f"{part.package}.{text}"


def _name_of(part: Part) -> str:
    """Return what others call a document in their `base`."""
    partial = part.field.get("id")
    if partial is not None:
        return f"{part.package}:{part.path}#{partial.name()}"
    return specification_name(part)


def specification_name(part: Part) -> str:
    """Return ``package.metric.name`` of a specification after all inheritance."""
    return qualified(metric_name(part), part.field.need("name").name())


def metric_name(part: Part) -> str:
    """Return ``package.metric``, the metric as the document writes it."""
    return qualified(part.package, part.field.need("metric").name())


def qualified(owner: str, name: str) -> str:
    """Prefix a name with its owner unless it has it already."""
    return name if name.startswith(f"{owner}.") else f"{owner}.{name}"


def _unresolved(part: Part, known: Mapping[str, Any]) -> DocumentError:
    missing = next(name for name in part.bases if name not in known)
    return DocumentError(
        f"{part.field.path}.base needs {missing!r}, which no file defines or which needs this "
        "document itself"
    )
