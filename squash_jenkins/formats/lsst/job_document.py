"""Read the documents that earlier dashboards accepted by their REST API (2016–17)."""

from dataclasses import replace
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, label_or_none, listed, name_or_none, stored_object
from squash_jenkins.formats.lsst.levels import qualified
from squash_jenkins.formats.measured import (
    Found,
    by_filter,
    check_unique,
    data_id,
    known_dataset,
    new_report,
    once,
    read_blobs,
    read_package,
    value_of,
)
from squash_jenkins.models import Measurement, Package, Report

_PACKAGE = {
    "version": "build_version",
    "revision": "git_commit",
    "url": "git_url",
    "branch": "git_branch",
}


class JobDocument(JsonFormat):
    """Read the small job document of the first prototype: name, build, runtime, measurements."""

    name = "job"
    order = 50

    def recognises(self, root: Any) -> bool:
        """Return whether a job's name and build are beside its measurements."""
        return isinstance(root, dict) and {"name", "build", "measurements"} <= root.keys()

    def read(self, document: Document) -> list[Report]:
        """Read the measurements; name, build, URL and time are stored as the document's claim."""
        root = Field(document.json)
        claim = _claim(root, ("name", "build", "url"), "runtime")
        report = replace(new_report(document, self.name), terms=data_id(root), extra=claim)
        return _reports(report, root)


class RestJob(JsonFormat):
    """Read the job document of 2016–17, which names the CI build and its package versions."""

    name = "rest-job"
    order = 10

    def recognises(self, root: Any) -> bool:
        """Return whether the number of a CI build is beside measurements."""
        return isinstance(root, dict) and {"ci_id", "measurements"} <= root.keys()

    def read(self, document: Document) -> list[Report]:
        """Read measurements, packages and blobs; the CI build is stored as the document's claim."""
        root = Field(document.json)
        report = replace(
            new_report(document, self.name),
            dataset=known_dataset(root, "ci_dataset"),
            terms=data_id(root),
            packages=_packages(root),
            extra=_claim(root, ("ci_id", "ci_name", "ci_label", "ci_url"), "date"),
        )
        return _reports(report, root)


def _reports(report: Report, root: Field) -> list[Report]:
    found = [_measurement(field) for field in root.need("measurements").items()]
    check_unique(found)
    return by_filter(report, found, read_blobs(root))


def _measurement(field: Field) -> Found:
    value, extra = value_of(field.need("value"))
    metadata = stored_object(field, "metadata")
    about = field.get("metadata") or Field({})
    measurement = Measurement(
        metric=qualified(field.need("metric").name()),
        value=value,
        unit=label_or_none(field, "unit"),
        level=name_or_none(about, "spec_name") or "",
        extra={**extra, **({"metadata": metadata} if metadata else {})},
    )
    return Found(measurement, field, name_or_none(about, "filter_name"))


def _packages(root: Field) -> tuple[Package, ...]:
    read = [(field, read_package(field, _PACKAGE)) for field in listed(root, "packages")]
    return once(read, lambda package: package.name)


def _claim(root: Field, texts: tuple[str, ...], time: str) -> dict[str, Any]:
    """Return what a document says of its own build; Jenkins' word counts, so it is only stored."""
    claim: dict[str, Any] = {key: _text_or_whole(root, key) for key in texts}
    moment, status = root.get(time), root.get("status")
    if moment is not None:
        claim[time] = moment.moment().isoformat()
    if status is not None:
        claim["status"] = status.whole()
    return {key: value for key, value in claim.items() if value is not None}


def _text_or_whole(root: Field, key: str) -> str | None:
    """Return a build number or name: written as text by some senders, as a number by others."""
    member = root.get(key)
    if member is None:
        return None
    is_text = isinstance(member.value, str)
    return member.label() if is_text else str(member.whole("text or a whole number"))
