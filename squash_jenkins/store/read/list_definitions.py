"""The lists that are read in pages; see `lists.ListDefinition`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.read.lists import Filter, ListDefinition
from squash_jenkins.store.read.transaction import none_if_empty
from squash_jenkins.store.schema.tables import (
    build,
    build_package,
    controller,
    dataset,
    finding,
    job,
    measurement,
    metric,
    package,
    quarantine,
    report,
    specification,
    triage,
)

_JOBS = job.join(controller)
_BUILDS = build.join(job).join(controller)
_OF_JOB: Mapping[str, Filter] = {
    "controller": Filter(controller.c.name_digest, str, "Short name of the controller.", "named"),
    "job": Filter(job.c.name_digest, str, "Full name of the job.", "named"),
}
_OF_BUILD: Mapping[str, Filter] = {
    **_OF_JOB,
    "build": Filter(build.c.number, int, "Number of the build."),
    "build_id": Filter(build.c.id, int, "Id of the build."),
    "since": Filter(
        build.c.started, datetime, "Builds that started at this time or later.", "from"
    ),
    "until": Filter(build.c.started, datetime, "Builds that started before this time.", "before"),
}
_BUILD_OF_ROW: Mapping[str, sa.ColumnElement[Any]] = {
    "build_id": build.c.id,
    "controller": controller.c.name,
    "job": job.c.name,
    "build": build.c.number,
    "started": build.c.started,
}
_OF_REPORT: Mapping[str, Filter] = {
    "dataset": Filter(dataset.c.name_digest, str, "Name of the dataset.", "named"),
    "filter": Filter(report.c.filter_digest, str, "Name of the filter.", "named"),
}


def _named(table: sa.Table, *names: str) -> dict[str, sa.ColumnElement[Any]]:
    return {name: table.c[name] for name in names}


JOBS = ListDefinition(
    "jobs",
    _JOBS,
    job.c.id,
    {
        "id": job.c.id,
        "controller": controller.c.name,
        "controller_url": controller.c.url,
        "name": job.c.name,
        "builds": sa.select(sa.func.count())
        .select_from(build)
        .where(build.c.job_id == job.c.id)
        .scalar_subquery(),
        "newest": sa.select(sa.func.max(build.c.started))
        .where(build.c.job_id == job.c.id)
        .scalar_subquery(),
    },
    {"name": job.c.name, "id": job.c.id},
    {
        "controller": _OF_JOB["controller"],
        "name": Filter(job.c.name_digest, str, "Full name of the job.", "named"),
        "id": Filter(job.c.id, int, "Id of the job."),
    },
    [job.c.name],
    descending=False,
)
_LATER = build.alias()
BUILDS = ListDefinition(
    "builds",
    _BUILDS,
    build.c.id,
    {
        "id": build.c.id,
        "controller": controller.c.name,
        "controller_url": controller.c.url,
        "job": job.c.name,
        "job_id": job.c.id,
        **_named(build, "number", "started", "duration", "result", "provisional"),
        **_named(build, "node", "display_name", "description", "revision"),
        "replaced": sa.exists().where(
            _LATER.c.job_id == build.c.job_id,
            _LATER.c.number == build.c.number,
            _LATER.c.started > build.c.started,
        ),
    },
    _named(build, "started", "number", "duration", "id", "revision"),
    {
        **_OF_JOB,
        "id": Filter(build.c.id, int, "Id of the build."),
        "number": Filter(build.c.number, int, "Number of the build."),
        "result": Filter(build.c.result, str, "Jenkins' result, such as SUCCESS."),
        "node": Filter(build.c.node, str, "Name of the node."),
        "provisional": Filter(build.c.provisional, bool, "Whether the build was still running."),
        "since": _OF_BUILD["since"],
        "until": _OF_BUILD["until"],
    },
    [job.c.name, build.c.display_name, build.c.description, build.c.node],
)
METRICS = ListDefinition(
    "metrics",
    metric,
    metric.c.id,
    _named(metric, "id", "name", "package", "unit", "description", "operator", "reference", "tags"),
    _named(metric, "name", "package", "id"),
    {
        "name": Filter(metric.c.name_digest, str, "Name of the metric.", "named"),
        "package": Filter(metric.c.package, str, "Package that the metric belongs to."),
        "unit": Filter(metric.c.unit, str, "Unit of the metric."),
    },
    [metric.c.name, metric.c.description],
    descending=False,
)
SPECIFICATIONS = ListDefinition(
    "specifications",
    specification.join(metric),
    specification.c.id,
    {
        "metric": metric.c.name,
        **_named(specification, "id", "name", "level", "operator", "threshold", "upper", "unit"),
        **_named(specification, "filters", "query", "tags", "since", "until"),
        **_named(specification, "source", "version", "withdrawn"),
    },
    {"metric": metric.c.name, **_named(specification, "id", "level", "threshold")},
    {
        "metric": Filter(metric.c.name_digest, str, "Name of the metric.", "named"),
        "level": Filter(specification.c.level, str, "Level, such as design."),
        "source": Filter(specification.c.source, str, "Source, such as document, seed or api."),
        "withdrawn": Filter(
            specification.c.withdrawn, bool, "Whether it no longer applies.", "known"
        ),
    },
    [metric.c.name, specification.c.name],
    descending=False,
)
DATASETS = ListDefinition(
    "datasets",
    dataset,
    dataset.c.id,
    _named(dataset, "id", "name", "camera", "description"),
    _named(dataset, "name", "camera", "id"),
    {
        "id": Filter(dataset.c.id, int, "Id of the dataset."),
        "name": Filter(dataset.c.name_digest, str, "Name of the dataset.", "named"),
        "camera": Filter(dataset.c.camera, str, "Camera of the dataset."),
    },
    [dataset.c.name, dataset.c.camera, dataset.c.description],
    descending=False,
)
REPORTS = ListDefinition(
    "reports",
    report.join(build).join(job).join(controller).outerjoin(dataset),
    report.c.id,
    {
        "id": report.c.id,
        **_BUILD_OF_ROW,
        **_named(report, "path", "format", "size", "digest", "terms"),
        "dataset": dataset.c.name,
        "filter": none_if_empty(report.c.filter),
    },
    {"id": report.c.id, "started": build.c.started, "size": report.c.size},
    {**_OF_BUILD, **_OF_REPORT, "format": Filter(report.c.format, str, "Name of the format.")},
    [report.c.path, job.c.name],
)
MEASUREMENTS = ListDefinition(
    "measurements",
    measurement.join(metric).join(report).join(build).join(job).join(controller).outerjoin(dataset),
    measurement.c.id,
    {
        "id": measurement.c.id,
        **_BUILD_OF_ROW,
        "report_id": report.c.id,
        "metric": metric.c.name,
        "dataset": dataset.c.name,
        "filter": none_if_empty(report.c.filter),
        **_named(measurement, "level", "value", "unit", "extra"),
    },
    {"id": measurement.c.id, "started": build.c.started, "value": measurement.c.value},
    {
        **_OF_BUILD,
        **_OF_REPORT,
        "report_id": Filter(report.c.id, int, "Id of the report."),
        "metric": Filter(metric.c.name_digest, str, "Name of the metric.", "named"),
        "level": Filter(measurement.c.level_digest, str, "Level; often empty.", "named"),
        "measured": Filter(measurement.c.value, bool, "Whether there is a value.", "known"),
    },
    [metric.c.name, job.c.name],
)
PACKAGES = ListDefinition(
    "packages",
    build_package.join(package).join(build).join(job).join(controller),
    build_package.c.id,
    {
        "id": build_package.c.id,
        **_BUILD_OF_ROW,
        "name": package.c.name,
        "source": package.c.url,
        **_named(build_package, "version", "revision", "branch"),
    },
    {"id": build_package.c.id, "name": package.c.name, "started": build.c.started},
    {
        **_OF_BUILD,
        "name": Filter(package.c.name_digest, str, "Name of the package.", "named"),
        "version": Filter(build_package.c.version, str, "Version of the package."),
        "revision": Filter(build_package.c.revision, str, "Revision, such as a git hash."),
    },
    [package.c.name, build_package.c.version, build_package.c.revision],
)
QUARANTINE = ListDefinition(
    "quarantine",
    quarantine.join(build).join(job).join(controller),
    quarantine.c.id,
    {"id": quarantine.c.id, **_BUILD_OF_ROW}
    | _named(quarantine, "path", "reason", "digest", "size", "created"),
    _named(quarantine, "created", "id", "size"),
    _OF_BUILD,
    [quarantine.c.path, quarantine.c.reason, job.c.name],
)
_STATE = sa.func.coalesce(
    sa.select(triage.c.state)
    .where(
        triage.c.finding_id == finding.c.id,
        triage.c.undone.is_(None),
        finding.c.grown_id.is_(None),
    )
    .order_by(triage.c.id.desc())
    .limit(1)
    .scalar_subquery(),
    "open",
)
FINDINGS = ListDefinition(
    "findings",
    finding.join(build, finding.c.build_id == build.c.id)
    .join(job, finding.c.job_id == job.c.id)
    .join(controller),
    finding.c.id,
    {"id": finding.c.id, "name": finding.c.name},
    {"started": build.c.started, "id": finding.c.id, "revision": finding.c.revision},
    {
        "name": Filter(finding.c.name, str, "Name of the finding."),
        **_OF_BUILD,
        "direction": Filter(finding.c.direction, str, "worse, better or neutral."),
        "kind": Filter(finding.c.kind, str, "step, drift, vanished, noise, ..."),
        "state": Filter(_STATE, str, "State of the triage: open, acknowledged, ..."),
        "withdrawn": Filter(finding.c.withdrawn, bool, "Whether it is no longer detected."),
        "over": Filter(finding.c.ended_id, bool, "Whether it is over.", "known"),
    },
    [finding.c.name, job.c.name],
)
