"""The data model as frozen dataclasses: builds, reports, measurements, series, findings.

`build` has what Jenkins and QA documents contain, `series` identifies a series of measurements,
`finding` has what was detected in one, `source` is the interface of what builds come from.
Nothing here reads or writes anything. Times are UTC-aware, durations are seconds.
"""

from squash_jenkins.models.branch import Branch, ListedBranch
from squash_jenkins.models.build import (
    DATASET_TERM,
    LEVELS,
    POSTED,
    STARTED_FROM,
    WITHIN,
    Artifact,
    Blob,
    Build,
    BuildId,
    BuildRecord,
    Cause,
    Change,
    Column,
    FastPickle,
    JsonObject,
    ListedBuild,
    Measurement,
    Metric,
    Package,
    Rejected,
    Report,
    Specification,
)
from squash_jenkins.models.series import SeriesId, SeriesInUnit

__all__ = [
    "DATASET_TERM",
    "LEVELS",
    "POSTED",
    "STARTED_FROM",
    "WITHIN",
    "Artifact",
    "Blob",
    "Branch",
    "Build",
    "BuildId",
    "BuildRecord",
    "Cause",
    "Change",
    "Column",
    "FastPickle",
    "JsonObject",
    "ListedBranch",
    "ListedBuild",
    "Measurement",
    "Metric",
    "Package",
    "Rejected",
    "Report",
    "SeriesId",
    "SeriesInUnit",
    "Specification",
]
