"""Read plain metrics: ``{"latency": 0.31, "size": {"value": 12, "unit": "MB"}}``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import (
    Field,
    describe,
    label_or_none,
    name_or_none,
    text_or_none,
)
from squash_jenkins.formats.measured import DATA_ID, data_id, machine, new_report, value_of
from squash_jenkins.models import Measurement, Metric, Report
from squash_jenkins.models.metric_rules import read_direction

_ENVELOPE = "metrics"
_MACHINE = ("node", "host", "hostname", "host_name", "machine")
_PLACE = ("dataset", "filter")
_BETTER = "better"
_VALUE_OBJECT = {"value", "unit", "description", _BETTER}
_NUMBERS_OF_BUILD = frozenset(
    "build buildid buildnumber commit date epoch id rev revision run runid runnumber"  # noqa: SIM905 - words read better
    " schemaversion timestamp version".split()
).union(DATA_ID)
"""Names under which even a number says where the others come from."""
_NAMES_OF_BUILD = _NUMBERS_OF_BUILD.union(
    "architecture author branch buildurl comment commithash commitid commitsha compiler"  # noqa: SIM905 - words read better
    " cpu created dataset datetime description filter gitbranch gitcommit githash gitrevision"
    " gitsha host hostname job jobname machine name node note notes os platform python sha"
    " started suite tag time title url uuid".split()
)
"""Names under which a text does so; in small letters, without signs."""


class Plain(JsonFormat):
    """Read one object of metrics, or ``{"metrics": {…}, "dataset": "…", "filter": "…"}``.

    Names are read as they are. Beside the numbers of a flat object there may be what says
    where they come from (commit, branch, host …), beside ``metrics`` any text and number. It is
    tried last, and strict: what has anything else is another kind of file, or nearly a plain
    one, whose fault is reported.
    """

    name = "plain"
    order = 1000

    def recognises(self, root: Any) -> bool:
        """Return whether every value is one, or nearly, or the envelope holds at least one."""
        if not isinstance(root, dict):
            return False
        if _is_envelope(root):
            return any(_is_value(value) for value in root[_ENVELOPE].values())
        return _Flat.of(root).is_plain

    def read(self, document: Document) -> list[Report]:
        """Read all values into one report."""
        root = Field(document.json)
        about: Mapping[str, Any]
        if _is_envelope(root.mapping()):
            about = {key: value for key, value in root.mapping().items() if key != _ENVELOPE}
            values = list(root.need(_ENVELOPE).members())
        else:
            flat = _Flat.of(root.mapping())
            flat.check(root)
            about = flat.about
            values = [(name, field) for name, field in root.members() if name in flat.metrics]
        report = replace(
            new_report(document, self.name),
            measurements=tuple(_measurement(name, field) for name, field in values),
            metrics=tuple(_metric(name, field) for name, field in values if _is_object(field)),
        )
        return [_with(report, Field(about))]


def _with(report: Report, about: Field) -> Report:
    """Add to a report what its document has beside the numbers."""
    terms = data_id(about)
    known = {*_PLACE, *terms}
    return replace(
        report,
        dataset=name_or_none(about, "dataset"),
        filter=name_or_none(about, "filter"),
        terms=terms,
        extra={key: field.stored() for key, field in about.members() if key not in known},
        node=machine(about, *_MACHINE),
    )


@dataclass(frozen=True, slots=True)
class _Flat:
    """Hold the members of an object: numbers, what says where these come from, the rest."""

    metrics: Mapping[str, Any]
    about: Mapping[str, Any]
    odd: Mapping[str, Any]

    @classmethod
    def of(cls, root: Mapping[str, Any]) -> "_Flat":
        """Sort the members; where all are numbers, no name means anything else."""
        if all(map(_is_value, root.values())):
            return cls(root, {}, {})
        about = {key: value for key, value in root.items() if _is_about(key, value)}
        rest = {key: value for key, value in root.items() if key not in about}
        metrics = {key: value for key, value in rest.items() if _is_value(value)}
        return cls(metrics, about, {key: rest[key] for key in rest if key not in metrics})

    @property
    def is_plain(self) -> bool:
        """Return whether it holds numbers, and hardly anything that it should not."""
        if not (self.about or self.odd):
            return len(self.metrics) > 0
        return (
            any(value is not None for value in self.metrics.values())
            and len(self.odd) <= len(self.metrics)
            and all(isinstance(each, str) or _has_value(each) for each in self.odd.values())
        )

    def check(self, root: Field) -> None:
        """Raise DocumentError for what keeps it from being read."""
        name = self.about.get("name")
        if name is not None and "value" in self.metrics:
            raise DocumentError(
                f"$.value is {describe(self.metrics['value'])} and its name is beside it; "
                f'expected the name as key: {{"{str(name)[:60]}": {{"value": …}}}}'
            )
        for key, value in self.odd.items():
            if isinstance(value, str):
                raise root.need(key).fault(_BESIDE_NUMBERS)
            for field in _faults(root.need(key)):
                raise field.fault('numbers, text or lists of numbers beside "value"')


_BESIDE_NUMBERS = (
    'a number, null or {"value": …}, as beside numbers only what says where they come from is '
    'allowed (commit, branch, host, date …); put them into "metrics": {…}, then anything is'
)


def _is_envelope(root: Mapping[str, Any]) -> bool:
    beside = (value for key, value in root.items() if key != _ENVELOPE)
    simple = not any(isinstance(value, dict | list) for value in beside)
    return isinstance(root.get(_ENVELOPE), dict) and simple


def _is_about(key: str, value: Any) -> bool:
    word = re.sub(r"[^a-z0-9]", "", key.lower())
    return word in (
        _NAMES_OF_BUILD
        if isinstance(value, str)
        else _NUMBERS_OF_BUILD
        if _is_number(value)
        else ()
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_value(value: Any) -> bool:
    if not _has_value(value):
        return value is None or _is_number(value)
    if value.keys() <= _VALUE_OBJECT:
        return True
    number = value["value"] is None or _is_number(value["value"])
    return number and not any(_faults(Field(value)))


def _has_value(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value


def _faults(value: Field) -> Iterator[Field]:
    """Yield what must not be beside a value."""
    for key, field in value.members():
        entries = field.value if isinstance(field.value, list) else [field.value]
        simple = all(each is None or _is_number(each) for each in entries)
        if key not in _VALUE_OBJECT and not simple and not isinstance(field.value, str):
            yield field


def _is_object(field: Field) -> bool:
    return isinstance(field.value, dict)


def _measurement(name: str, field: Field) -> Measurement:
    # A name is a key here, so it is checked as if it were a value at its own path.
    field.beside(name).name()
    if not _is_object(field):
        value, extra = value_of(field)
        return Measurement(metric=name, value=value, extra=extra)
    value, extra = value_of(field.need("value"))
    more = {key: each.stored() for key, each in field.members() if key not in _VALUE_OBJECT}
    unit = label_or_none(field, "unit")
    return Measurement(metric=name, value=value, unit=unit, extra={**more, **extra})


def _metric(name: str, field: Field) -> Metric:
    return Metric(
        name=name,
        unit=label_or_none(field, "unit"),
        description=text_or_none(field, "description"),
        rules=_rules(field),
    )


def _rules(field: Field) -> dict[str, str]:
    """Return which values are better, where the document says so."""
    better = field.get(_BETTER)
    if better is None:
        return {}
    try:
        return {"direction": read_direction(better.value)}
    except (ValueError, TypeError):
        raise better.fault("higher, lower or none") from None
