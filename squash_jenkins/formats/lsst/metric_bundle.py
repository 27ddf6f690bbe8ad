"""Read bundles of metrics that analysis_tools writes (MetricMeasurementBundle)."""

from dataclasses import replace
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, label_or_none, name_or_none
from squash_jenkins.formats.lsst.bands import split_band
from squash_jenkins.formats.measured import Found, by_filter, check_unique, new_report, value_of
from squash_jenkins.models import Measurement, Report

PACKAGE = "analysis_tools"
_PREFIX = "__metricNamePrefix"
_SPECIAL = "__"


class MetricBundle(JsonFormat):
    """Read ``{action: [{metric, value, unit, …}], "__metricNamePrefix": ""}``.

    A metric is called ``analysis_tools.<prefix><action>_<metric>``; a band at the beginning of its
    last part is the filter. Bundles hold no data id: ``path_pattern`` of the job finds it in the
    path.
    """

    name = "metric-bundle"
    order = 60

    def recognises(self, root: Any) -> bool:
        """Return whether the prefix of names is there, or lists of identified measurements."""
        if not isinstance(root, dict):
            return False
        if _PREFIX in root:
            return True
        lists = [value for key, value in root.items() if not key.startswith(_SPECIAL)]
        return len(lists) > 0 and all(
            isinstance(each, list)
            and len(each) > 0
            and isinstance(each[0], dict)
            and {"metric", "identifier", "value", "unit"} <= each[0].keys()
            for each in lists
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report for each filter."""
        root = Field(document.json)
        prefix = label_or_none(root, _PREFIX) or ""
        found = [
            _found(f"{prefix}{action}", field)
            for action, fields in root.members()
            if not action.startswith(_SPECIAL)
            for field in fields.items()
        ]
        check_unique(found)
        package = name_or_none(root, "__reference_package")
        report = replace(
            new_report(document, self.name),
            dataset=name_or_none(root, "__dataset_identifier"),
            terms={"reference_package": package} if package else {},
        )
        return by_filter(report, found, {})


def bundle_metric(action: str, metric: str) -> tuple[str, str | None]:
    """Return the name of a metric and its filter, if it is of one."""
    band, rest = split_band(metric)
    return f"{PACKAGE}.{action}_{rest}", band


def _found(action: str, field: Field) -> Found:
    name, band = bundle_metric(action, field.need("metric").name())
    value, extra = value_of(field.need("value"))
    # The unit is empty for plain numbers, and also for those of compound units.
    unit = label_or_none(field, "unit") or None
    return Found(Measurement(name, value, unit, extra=extra), field, band)
