"""Read metrics and specifications in the layout of lsst.verify_metrics, as in ``db/seed``.

::

    metrics/<package>.yaml     AM1: {description, unit, operator, reference: {doc, url, page}, tags}
    specs/<package>/**/*.yaml  documents of {name, metric, threshold: {operator, unit, value},
                                             tags, metadata_query, base, id} and
                                            {range: {lower, upper, unit}, filters, level, query,
                                             since, until}

A metric is called ``<package>.<key>``, a specification ``<package>.<metric>.<name>``. The first
row of keys is what lsst.verify knows (SQR-017, SQR-019; `definitions.inheritance` for the last
two), the others are additions: a `range` instead of a threshold, both ends of which are within;
`filters`, of which none means any; a `level`, else it is taken from the name; `query`, another
word for `metadata_query`; `since` (from that moment on) and `until` (before it), dates or times,
UTC unless they say otherwise. A level or filter group in a metric's key is split off as in
documents (`formats.lsst.levels`), unless the metric says ``split: false``.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from squash_jenkins.definitions.inheritance import (
    Part,
    metric_name,
    qualified,
    resolved,
    specification_name,
)
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import (
    Field,
    label_or_none,
    labels,
    name_or_none,
    stored_object,
    text_or_none,
)
from squash_jenkins.formats.lsst.levels import (
    MetricName,
    group_filters,
    specification_level,
    split_metric,
)
from squash_jenkins.formats.measured import once
from squash_jenkins.formats.strict_yaml import documents
from squash_jenkins.formats.thresholds import Bounds, read_bounds, read_moment, read_operator
from squash_jenkins.models import Metric, Specification
from squash_jenkins.models.metric_rules import RULES, plain_rules, read_rules

_METRIC_KEYS = frozenset({"description", "unit", "operator", "reference", "tags", "split", *RULES})
_QUERIES = ("query", "metadata_query", "provenance_query")
_SPECIFICATION_KEYS = frozenset(
    {"name", "metric", "threshold", "range", "type", "tags", "filters", "level", "since", "until"}
    | set(_QUERIES)
)
_TYPES = ("threshold", "range")
Names = Mapping[str, MetricName]
"""By full name as written what the parts of a metric's name are."""


def load_definitions(
    folder: Path, known: Collection[str] = ()
) -> tuple[list[Metric], list[Specification]]:
    """Read all definitions below a folder, ordered by file and place in the file.

    Parameters
    ----------
    folder
        Holds ``metrics/*.yaml`` and ``specs/<package>/**/*.yaml``; either may be missing.
    known
        Further metrics to which specifications may belong.

    Raises
    ------
    DocumentError
        A file is not YAML, a field is wrong or unknown, a base is missing, a specification's
        metric is not known, or two definitions of one name differ. The text names
        the file and the field.
    """
    read = [entry for file in _files(folder / "metrics", "*") for entry in _metrics(folder, file)]
    metrics = once(read, lambda each: each.document_name or each.name)
    names: dict[str, MetricName] = {name: MetricName(name, "", ()) for name in known}
    names |= {each.document_name or each.name: _parts_of(each) for each in metrics}
    found = ((part.field, _specification(part, names)) for part in resolved(_parts(folder)))
    return list(metrics), list(once(found, lambda each: each.name))


def check_keys(field: Field, allowed: Collection[str], hint: str = "") -> None:
    """Refuse keys that are not known, naming the nearest that is.

    Raises
    ------
    DocumentError
        There is one; `hint` is added to the text.
    """
    for key in field.mapping():
        if key not in allowed:
            near = get_close_matches(str(key), allowed, 1)
            meant = f"; did you mean {near[0]!r}?" if near else "."
            raise DocumentError(
                f"{field.path} has the unknown key {str(key)[:80]!r}{meant} "
                f"Allowed are {', '.join(sorted(allowed))}{hint}"
            )


def read_metric(field: Field, name: str, document_name: str | None = None) -> Metric:
    """Read what defines a metric; other keys are ignored."""
    operator = field.get("operator")
    return Metric(
        name=name,
        unit=label_or_none(field, "unit"),
        description=" ".join((text_or_none(field, "description") or "").split()) or None,
        reference=json_object(field, "reference"),
        tags=read_tags(field),
        operator=read_operator(operator) if operator else None,
        document_name=document_name,
        rules=_rules(field),
    )


def _rules(field: Field) -> dict[str, Any]:
    """Return which changes of the metric are findings; raise DocumentError for wrong values."""
    found: dict[str, Any] = {}
    for key in RULES:
        member = field.get(key)
        if member is None:
            continue
        try:
            found |= plain_rules(read_rules({key: member.value}))
        except ValueError as error:
            raise member.fault(str(error).removeprefix("expected ")) from None
    return found


def read_tags(field: Field) -> tuple[str, ...]:
    """Return the tags: a list, or the only one; each once."""
    member = field.get("tags")
    if member is not None and isinstance(member.value, str):
        return (member.label(),)
    return tuple(dict.fromkeys(labels(field, "tags")))


def json_object(field: Field, key: str) -> dict[str, Any]:
    """Return an object as JSON can hold it, empty where it is absent; YAML's dates become text."""

    def word(value: Any) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise field.need(key).fault("text, numbers, lists and objects only")

    found: dict[str, Any] = json.loads(json.dumps(stored_object(field, key), default=word))
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for end in ("yaml", "yml") for path in folder.glob(f"{pattern}.{end}"))


def _roots(folder: Path, file: Path) -> Iterator[Field]:
    for number, root in enumerate(documents(file), 1):
        yield Field(root, f"{file.relative_to(folder)}, document {number}: $")


def _metrics(folder: Path, file: Path) -> Iterator[tuple[Field, Metric]]:
    for root in _roots(folder, file):
        for key, field in root.members():
            check_keys(field, _METRIC_KEYS)
            written = f"{file.stem}.{key}"
            base = written if field.mapping().get("split") is False else split_metric(written).base
            yield field, read_metric(field, base, written if written != base else None)


def _parts_of(metric: Metric) -> MetricName:
    name = metric.document_name
    return MetricName(metric.name, "", ()) if name is None else split_metric(name)


def _parts(folder: Path) -> Iterator[Part]:
    for file in _files(folder / "specs", "*/**/*"):
        package, *path = file.relative_to(folder / "specs").with_suffix("").parts
        for root in _roots(folder, file):
            yield Part(package, "/".join(path), root)


def _specification(part: Part, names: Names) -> Specification:
    field = part.field
    check_keys(field, _SPECIFICATION_KEYS)
    _check_type(field)
    metric = _metric_of(part, names)
    name, tags = specification_name(part), read_tags(field)
    last = name.removeprefix(f"{metric_name(part)}.")
    bounds = _bounds(field)
    query, asked = _query(field)
    return Specification(
        metric=metric.base,
        name=name,
        level=name_or_none(field, "level") or specification_level(last, metric.level, tags),
        operator=bounds.operator,
        threshold=bounds.threshold,
        upper=bounds.upper,
        unit=bounds.unit,
        filters=_filters(field, asked, metric.filters or group_filters(last)),
        query=query,
        tags=tags,
        since=read_moment(field.get("since")),
        until=read_moment(field.get("until")),
    )


def _metric_of(part: Part, names: Names) -> MetricName:
    written = qualified(part.package, part.field.need("metric").name())
    if written in names:
        return names[written]
    parts = split_metric(written)
    if parts.base in names:
        return parts
    near = get_close_matches(written, names, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise part.field.need("metric").fault(f"a metric that a file in metrics/ defines{meant}")


def _check_type(field: Field) -> None:
    kind = field.get("type")
    if kind is not None and kind.value not in _TYPES:
        raise kind.fault("threshold or range")


def _bounds(field: Field) -> Bounds:
    wanted = field.get("range")
    if wanted is None:
        threshold = field.need("threshold")
        check_keys(threshold, {"operator", "unit", "value"})
        return read_bounds(threshold, threshold.need("operator"), label_or_none(threshold, "unit"))
    if field.get("threshold") is not None:
        raise wanted.fault("no range where there is a threshold")
    check_keys(wanted, {"lower", "upper", "unit"})
    return read_bounds(wanted, None, label_or_none(wanted, "unit"))


def _query(field: Field) -> tuple[dict[str, Any], str]:
    """Return the terms that are asked for, and the filter when it is one of lsst.verify's."""
    found: dict[str, Any] = {}
    for key in _QUERIES[1:]:
        found |= json_object(field, key)
    asked = str(found.pop("filter_name", "any"))
    return {**found, **json_object(field, "query")}, asked


def _filters(field: Field, asked: str, usual: Sequence[str]) -> tuple[str, ...]:
    """Return the filters that are named, none at all by an empty list, else the usual ones."""
    if field.get("filters") is not None:
        return labels(field, "filters")
    return (asked,) if asked != "any" else tuple(usual)
