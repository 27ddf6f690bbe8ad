"""Read what validate_drp wrote in 2016, before there was lsst.verify."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import (
    Field,
    label_or_none,
    labels,
    listed,
    name_or_none,
    stored_object,
    text_or_none,
)
from squash_jenkins.formats.lsst.levels import FILTER_GROUPS, VALIDATE_DRP
from squash_jenkins.formats.measured import (
    Found,
    by_filter,
    check_unique,
    known_references,
    make_blob,
    new_report,
    once,
    read_blobs,
    read_parameter,
    value_of,
)
from squash_jenkins.formats.thresholds import read_operator
from squash_jenkins.models import Blob, Measurement, Metric, Report, Specification


class ValidateDrp(JsonFormat):
    """Read ``{blobs, measurements}``, where each measurement carries its metric's definition."""

    name = "validate_drp"
    order = 30

    def recognises(self, root: Any) -> bool:
        """Return whether the two members are there, and a metric is not just a name."""
        return (
            isinstance(root, dict)
            and root.keys() == {"measurements", "blobs"}
            and not (isinstance(root["measurements"], list) and _any_named(root["measurements"]))
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report for each filter that was measured."""
        root = Field(document.json)
        blobs = read_blobs(root)
        measurements = list(root.need("measurements").items())
        found = [_measurement(field, blobs) for field in measurements]
        check_unique(found)
        definitions = [field.need("metric") for field in measurements]
        report = replace(
            new_report(document, self.name),
            metrics=once(
                ((field, _metric(field)) for field in definitions), lambda each: each.name
            ),
            specifications=once(_specifications(definitions), lambda each: each.name),
        )
        return by_filter(report, found, blobs)


def _any_named(measurements: list[Any]) -> bool:
    return any(
        isinstance(each, dict) and isinstance(each.get("metric"), str) for each in measurements
    )


def _name(metric: Field) -> str:
    return f"{VALIDATE_DRP}.{metric.need('name').name()}"


def _measurement(field: Field, blobs: dict[str, Blob]) -> Found:
    """Read a measurement; what was stored beside its value is added to `blobs`."""
    metric, level = _name(field.need("metric")), name_or_none(field, "spec_name") or ""
    value, extra = value_of(field.need("value"))
    refs = [ref.label() for _, ref in (field.get("blobs") or Field({})).members() if ref.value]
    own = _own_blob(field, f"{metric}_{level}" if level else metric)
    if own is not None:
        if own.identifier in blobs:
            raise field.need("identifier").fault("an identifier that nothing else has")
        blobs[own.identifier] = own
        refs.insert(0, own.identifier)
    measurement = Measurement(
        metric=metric,
        value=value,
        unit=label_or_none(field, "unit"),
        level=level,
        blobs=known_references(refs, blobs),
        extra=extra,
    )
    return Found(measurement, field, name_or_none(field, "filter_name"))


def _own_blob(field: Field, name: str) -> Blob | None:
    """Make the blob that lsst.verify made later: a measurement's parameters and extras."""
    parameters = dict((field.get("parameters") or Field({})).members())
    extras = dict((field.get("extras") or Field({})).members())
    if not parameters and not extras:
        return None
    identifier = name_or_none(field, "identifier") or f"{name}/{field.path}"
    blob = make_blob(identifier, name, extras)
    read = {key: read_parameter(datum) for key, datum in parameters.items()}
    return replace(blob, parameters={**read, **blob.parameters})


def _metric(field: Field) -> Metric:
    operator = field.get("operator_str")
    units = [label_or_none(each, "unit") for each in listed(field, "specifications")]
    return Metric(
        name=_name(field),
        unit=next((unit for unit in units if unit), None),
        description=(text_or_none(field, "description") or "").strip() or None,
        reference=stored_object(field, "reference"),
        operator=read_operator(operator) if operator else None,
    )


def _specifications(metrics: Iterable[Field]) -> Iterable[tuple[Field, Specification]]:
    for metric in metrics:
        listed_here = listed(metric, "specifications")
        names = [each.need("name").name() for each in listed_here]
        for field, name in zip(listed_here, names, strict=True):
            filters = labels(field, "filter_names")
            # PA1 has two called "design", one for g, r, i and one for u, z, y.
            suffix = f"_{_group(filters)}" if names.count(name) > 1 and filters else ""
            yield field, _specification(metric, field, name + suffix, filters)


def _specification(
    metric: Field, field: Field, name: str, filters: tuple[str, ...]
) -> Specification:
    operator = metric.get("operator_str")
    return Specification(
        metric=_name(metric),
        name=f"{_name(metric)}.{name}",
        level=field.need("name").name(),
        operator=read_operator(operator) if operator else "<=",
        threshold=field.need("value").finite(),
        unit=label_or_none(field, "unit"),
        filters=filters,
    )


def _group(filters: tuple[str, ...]) -> str:
    """Return the name of a group of filters: ``gri`` as later documents call it."""
    members = set(filters)
    for name, group in FILTER_GROUPS.items():
        if members and members <= set(group) and set(name) <= members:
            return name
    return "-".join(filters)
