"""The words of the field as frozen dataclasses: builds, reports, measurements, findings.

`build` holds what Jenkins and QA documents say, `series` identifies what is measured again and
again, `finding` holds what was detected in a series. Nothing
here reads or writes anything. Times are UTC-aware, durations are seconds.
"""

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
    "Build",
    "BuildId",
    "BuildRecord",
    "Cause",
    "Change",
    "Column",
    "FastPickle",
    "JsonObject",
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
