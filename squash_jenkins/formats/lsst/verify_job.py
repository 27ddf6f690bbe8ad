"""Read jobs of lsst.verify (2018 onwards), before and after they were sent to SQuaSH."""

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
from squash_jenkins.formats.lsst.levels import group_filters, specification_level, split_metric
from squash_jenkins.formats.measured import (
    Found,
    by_filter,
    check_unique,
    known_dataset,
    known_references,
    machine,
    new_report,
    once,
    read_blobs,
    read_package,
    value_of,
)
from squash_jenkins.formats.thresholds import read_operator
from squash_jenkins.models import Blob, Measurement, Metric, Package, Report, Specification

_PACKAGE = {
    "version": "eups_version",
    "revision": "git_sha",
    "url": "git_url",
    "branch": "git_branch",
}
# What `meta` holds beside the terms that a specification's metadata_query asks for.
_NOT_TERMS = ("packages", "env", "filter_name")

_MACHINE = ("node", "node_name", "NODE_NAME", "hostname", "host", "HOSTNAME", "machine")
"""Keys by which the environment of a job names the machine that measured."""
_FILTERS = ("filter_name", "filter", "physical_filter", "band")


class VerifyJob(JsonFormat):
    """Read ``{measurements, blobs, metrics, specs, meta}``; the last three may be missing."""

    name = "lsst.verify"
    order = 20

    def recognises(self, root: Any) -> bool:
        """Return whether there are measurements beside ``meta``, ``metrics`` or ``specs``."""
        if not isinstance(root, dict) or "measurements" not in root or "ci_id" in root:
            return False
        return not root.keys().isdisjoint(("meta", "metrics", "specs")) or _names_metrics(root)

    def read(self, document: Document) -> list[Report]:
        """Read the job into one report, as its filter belongs to the whole job."""
        root = Field(document.json)
        meta = root.get("meta") or Field({}, "$.meta")
        blobs = read_blobs(root)
        filter_name = _filter(meta) or _filter_of(blobs)
        found = [_measurement(field, blobs, filter_name) for field in listed(root, "measurements")]
        check_unique(found)
        report = replace(
            new_report(document, self.name),
            dataset=_dataset(meta),
            filter=filter_name,
            terms={key: value.stored() for key, value in meta.members() if key not in _NOT_TERMS},
            metrics=_metrics(root),
            specifications=_specifications(root),
            packages=_packages(meta),
            extra=_extra(root, meta),
            node=machine(meta.get("env"), *_MACHINE),
        )
        return by_filter(report, found, blobs)


def _names_metrics(root: dict[str, Any]) -> bool:
    """Return whether a job without definitions (sent with blobs only) names its metrics."""
    measurements = root["measurements"]
    return (
        root.keys() == {"measurements", "blobs"}
        and isinstance(measurements, list)
        and len(measurements) > 0
        and isinstance(measurements[0], dict)
        and isinstance(measurements[0].get("metric"), str)
    )


def _filter(meta: Field) -> str | None:
    """Return the filter that a job names; jobs made from a Gen3 Butler use another key."""
    names = (name_or_none(meta, key) for key in _FILTERS)
    return next((name for name in names if name), None)


def _filter_of(blobs: dict[str, Blob]) -> str | None:
    """Return the filter that the blobs name, if they agree on one."""
    named = {str(blob.parameters.get("filterName", {}).get("value")) for blob in blobs.values()}
    named -= {"None", ""}
    return named.pop() if len(named) == 1 else None


def _dataset(meta: Field) -> str | None:
    of_environment = known_dataset(meta.get("env"), "ci_dataset", "dataset")
    return of_environment or known_dataset(meta, "ci_dataset", "dataset", "dataset_name")


def _measurement(field: Field, blobs: dict[str, Blob], filter_name: str | None) -> Found:
    metric = split_metric(field.need("metric").name())
    value, extra = value_of(field.need("value"))
    measurement = Measurement(
        metric=metric.base,
        value=value,
        unit=label_or_none(field, "unit"),
        level=metric.level,
        blobs=known_references(labels(field, "blob_refs"), blobs),
        extra=extra,
    )
    return Found(measurement, field, filter_name)


def _metrics(root: Field) -> tuple[Metric, ...]:
    read = [(field, _metric(field)) for field in listed(root, "metrics")]
    return once(read, lambda metric: metric.document_name or metric.name)


def _metric(field: Field) -> Metric:
    written = field.need("name").name()
    base = split_metric(written).base
    return Metric(
        name=base,
        unit=label_or_none(field, "unit"),
        description=text_or_none(field, "description"),
        reference=stored_object(field, "reference"),
        tags=labels(field, "tags"),
        document_name=written if written != base else None,
    )


def _specifications(root: Field) -> tuple[Specification, ...]:
    read = [(each, _specification(each)) for each in listed(root, "specs") if _is_threshold(each)]
    return once(read, lambda specification: specification.name)


def _is_threshold(field: Field) -> bool:
    return "threshold" in field.mapping()


def _specification(field: Field) -> Specification:
    name = field.need("name").name()
    metric_written, dot, last_part = name.rpartition(".")
    if not dot or not metric_written:
        raise field.need("name").fault("package.metric.specification")
    metric, threshold, tags = (
        split_metric(metric_written),
        field.need("threshold"),
        labels(field, "tags"),
    )
    query = stored_object(field, "metadata_query")
    asked = query.pop("filter_name", "any")
    return Specification(
        metric=metric.base,
        name=name,
        level=specification_level(last_part, metric.level, tags),
        operator=read_operator(threshold.need("operator")),
        threshold=threshold.need("value").finite(),
        unit=label_or_none(threshold, "unit"),
        filters=((str(asked),) if asked != "any" else metric.filters or group_filters(last_part)),
        query=query,
        tags=tags,
    )


def _packages(meta: Field) -> tuple[Package, ...]:
    packages = meta.get("packages")
    members = packages.members() if packages else ()
    return tuple(read_package(field, _PACKAGE, name) for name, field in members)


def _extra(root: Field, meta: Field) -> dict[str, Any]:
    """Return the environment, and the names of specifications that are no thresholds."""
    environment = stored_object(meta, "env")
    unread = [each.need("name").name() for each in listed(root, "specs") if not _is_threshold(each)]
    return {
        **({"env": environment} if environment else {}),
        **({"specifications_not_read": unread} if unread else {}),
    }
