"""Read records as they are sent to Sasquatch: an Avro schema as text, and values."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, name_or_none
from squash_jenkins.formats.lsst.metric_bundle import bundle_metric
from squash_jenkins.formats.measured import Found, by_filter, check_unique, new_report, value_of
from squash_jenkins.formats.strict_json import parse
from squash_jenkins.models import Measurement, Report

_DATA_ID = (
    *("instrument", "band", "physical_filter", "visit", "exposure", "detector", "skymap"),
    *("tract", "patch", "day_obs", "group"),
)
_ABOUT = {
    *("id", "run", "dataset_type", "dataset_tag", "timestamp", "run_timestamp"),
    *("reference_package", "reference_package_version", "reference_package_timestamp"),
    *_DATA_ID,
}
"""Fields that say what the others are of."""


class Sasquatch(JsonFormat):
    """Read ``{"value_schema": "…", "records": [{"value": {…}}]}``: each number is a measurement."""

    name = "sasquatch"
    order = 65

    def recognises(self, root: Any) -> bool:
        """Return whether a schema is beside records."""
        return isinstance(root, dict) and {"value_schema", "records"} <= root.keys()

    def read(self, document: Document) -> list[Report]:
        """Read one report for each filter; records about several things are refused."""
        root = Field(document.json)
        topic, units = _schema(root.need("value_schema"))
        records = [each.need("value") for each in root.need("records").items()]
        found = [found for each in records for found in _found(topic, units, each)]
        check_unique(found)
        abouts = [_about(each) for each in records]
        if any(each != abouts[0] for each in abouts):
            raise root.need("records").fault("records of one data id; write a file for each")
        first = records[0] if records else Field({})
        report = replace(
            new_report(document, self.name),
            dataset=name_or_none(first, "dataset_tag"),
            filter=_filter(first),
            terms=abouts[0] if abouts else {},
        )
        own = by_filter(report, found, {})
        return [each if each.filter else replace(each, filter=report.filter) for each in own]


def _schema(field: Field) -> tuple[str, dict[str, str]]:
    """Return the topic without its namespace, and the units that fields have."""
    try:
        schema = Field(parse(field.text().encode("utf-8", "surrogatepass")), field.path)
    except DocumentError as error:
        raise DocumentError(f"{field.path} is no Avro schema: {error}") from None
    units = {}
    for each in schema.need("fields").items():
        unit = name_or_none(each, "units")
        if unit:
            units[each.need("name").name()] = unit
    return schema.need("name").name().rpartition(".")[2], units


def _found(topic: str, units: dict[str, str], record: Field) -> Iterator[Found]:
    for key, field in record.members():
        number = isinstance(field.value, int | float) and not isinstance(field.value, bool)
        if key in _ABOUT or not (number or field.value is None):
            continue
        name, band = bundle_metric(topic, field.beside(key).name())
        value, extra = value_of(field)
        measurement = Measurement(name, value, units.get(key), extra=extra)
        yield Found(measurement, field, band or _filter(record))


def _filter(record: Field) -> str | None:
    return name_or_none(record, "physical_filter") or name_or_none(record, "band")


def _about(record: Field) -> dict[str, Any]:
    """Return the data id; keys that do not apply are empty."""
    named = {key: record.mapping().get(key) for key in _DATA_ID}
    return {
        key: value
        for key, value in named.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    }
