"""Read a posted document: its kind, its measurements, and the build it belongs to.

Three kinds are accepted, recognised by the formats that read the same documents from Jenkins: the
first prototype's job (``name, build, runtime, url, status``), the job of 2016–17 (``ci_id``) and
a job of lsst.verify, whose build is named in ``meta.env``. Parameters in the URL of the request
(name, build, runtime, url, status) take precedence over the document.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.config import LOCAL, Settings
from squash_jenkins.errors import DocumentError, SettingsError
from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.formats.fields import LONGEST_NAME, Field
from squash_jenkins.formats.lsst.levels import qualified, split_metric
from squash_jenkins.ingest.labels import complete_labels
from squash_jenkins.jenkins.names import parse_build_url
from squash_jenkins.models import POSTED, STARTED_FROM, Build, BuildId, Report
from squash_jenkins.server.api.write.request_body import wrong
from squash_jenkins.server.http.problems import Problem

_WORDS = ("name", "build", "runtime", "url", "status")
_KEYS = {
    "job": _WORDS,
    "rest-job": ("ci_name", "ci_id", "date", "ci_url", "status"),
    "lsst.verify": ("ci_name", "ci_id", "date", "ci_url", "status"),
}
_HIGHEST = 2**31 - 1
"""Highest build number that every database can hold."""
_PLAIN = re.compile(r"[A-Za-z0-9_=-]{1,60}")
_UNKNOWN = ("", "unknown")
"""What senders write when they do not know their build."""


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A posted document: its build, its reports and the metrics it names.

    `started` is the start of the build according to the document; None if it does not say.
    `metrics` are names as they are stored, in the order of ``measurements``.
    """

    id: BuildId
    started: datetime | None
    result: str | None
    url: str | None
    where: str
    reports: Sequence[Report]
    metrics: Sequence[str] = field(default=())

    def build(self) -> Build:
        """Return the build according to the document.

        Its start is marked as a guess, so that Jenkins' own data replaces it once it is read.
        """
        if self.started is None:
            raise Problem(
                400,
                f"{self.id} is not stored yet, and the document does not say when it ran: "
                f"add {self.where}, such as 2016-04-24T19:26:12Z.",
                field=self.where,
            )
        url = {"url": self.url} if self.url and self.id.controller == LOCAL else {}
        extra = {STARTED_FROM: "what was posted", **url}
        return Build(self.id, self.started, result=self.result, extra=extra)


def parse_document(
    root: Any, settings: Settings, formats: Sequence[Format], asked: Mapping[str, str]
) -> PostedDocument:
    """Return the posted document.

    Parameters
    ----------
    root
        The JSON value of the document.
    asked
        What the URL of the request says about the build, by `_WORDS`.

    Raises
    ------
    Problem
        400, with the wrong field.

    """
    root = _with_numbers(root)
    reports = _reports(root, [each for each in formats if each.name in _KEYS])
    try:
        sent = _sent(root, reports, settings, asked)
    except DocumentError as error:
        raise wrong(error) from None
    job = settings.job(sent.id.job)
    completed = complete_labels(reports, Build(sent.id, datetime.min.replace(tzinfo=UTC)), job)
    return replace(sent, reports=[_placed(each, root) for each in completed])


def _reports(root: Any, formats: Sequence[Format]) -> list[Report]:
    content = json.dumps(root, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    try:
        reports = read_document(Document("posted.json", digest, len(content), content), formats)
    except DocumentError as error:
        raise wrong(error) from None
    if reports is None:
        raise Problem(
            400,
            "This is not a job: expected an object with name, build, runtime and measurements, or "
            "with ci_id, ci_name, date and measurements, or a job of lsst.verify.",
            field=_missing(root),
        )
    return reports


def _with_numbers(root: Any) -> Any:
    """Return the document with a numeric status, which forms send as text."""
    if not isinstance(root, dict) or not isinstance(root.get("status"), str):
        return root
    number = _whole(root["status"])
    return root if number is None else {**root, "status": number}


def _missing(root: Any) -> str | None:
    keys = ("name", "build", "measurements")
    return next((key for key in keys if key not in root), None) if isinstance(root, dict) else None


def _sent(
    root: Any, reports: Sequence[Report], settings: Settings, asked: Mapping[str, str]
) -> PostedDocument:
    kind = reports[0].format
    claims = _Claims(root, kind, asked)
    url, number = claims.text("url"), claims.number()
    name = _job_of(url, number) or claims.name()
    moment = claims.field("runtime")
    return PostedDocument(
        BuildId(settings.controller_of(url or "") or LOCAL, name, number),
        moment.moment() if moment else None,
        _RESULTS.get(claims.status(), "FAILURE"),
        url,
        claims.place("runtime"),
        reports,
        [_name(each, kind) for each in root.get("measurements") or ()],
    )


_RESULTS = {None: None, 0: "SUCCESS"}


@dataclass(frozen=True, slots=True)
class _Claims:
    """What the URL of the request, or else the document, says about the build."""

    root: Any
    kind: str
    asked: Mapping[str, str]

    def place(self, word: str) -> str:
        """Return the path of the field in the document."""
        key = dict(zip(_WORDS, _KEYS[self.kind], strict=True))[word]
        return f"meta.env.{key}" if self.kind == "lsst.verify" else key

    def field(self, word: str) -> Field | None:
        """Return the field, or None."""
        if self.asked.get(word):
            return Field(self.asked[word], f"$.{word}")
        found: Field | None = Field(self.root)
        for key in self.place(word).split("."):
            found = found.get(key) if found else None
        return None if found is None or found.value in _UNKNOWN else found

    def need(self, word: str) -> Field:
        """Return the field; raise Problem when it is missing."""
        found = self.field(word)
        if found is None:
            place = self.place(word)
            detail = f"Which build is this? Add {place}, or ?{word}=… to the URL."
            raise Problem(400, detail, field=place)
        return found

    def text(self, word: str) -> str | None:
        """Return a short text."""
        found = self.field(word)
        return found.label() if found else None

    def name(self) -> str:
        """Return the name of the job."""
        return self.need("name").name()

    def number(self) -> int:
        """Return the number of the build, which is often sent as text."""
        found = self.need("build")
        number = _whole(found.value)
        if number is None or not 0 < number <= _HIGHEST:
            raise found.fault(f"the number of a build, 1 to {_HIGHEST}")
        return number

    def status(self) -> int | None:
        """Return the status: 0 is success."""
        found = self.field("status")
        if found is None:
            return None
        number = _whole(found.value)
        if number is None:
            raise found.fault("a whole number: 0 for success")
        return number


def _whole(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value.strip()):
        return int(value)
    return None


def _job_of(url: str | None, number: int) -> str | None:
    """Return the full name of the job in the URL of this build, folders and axes included."""
    try:
        name, found = parse_build_url(url or "")
    except (SettingsError, ValueError):
        return None
    return name if found == number and len(name) <= LONGEST_NAME else None


def _name(measurement: Mapping[str, Any], kind: str) -> str:
    written: str = measurement["metric"]
    return split_metric(written).base if kind == "lsst.verify" else qualified(written)


def _placed(report: Report, root: Mapping[str, Any]) -> Report:
    """Return a report with the path under which it is stored.

    A document that measures the same metrics of the same dataset and filter replaces the earlier
    one, as a correction; any other is added, so that nothing gets lost.
    """
    label = str(root.get("ci_label") or "")
    parts = [_plain(part) for part in (report.dataset, label, report.filter) if part]
    measured = sorted((each.metric, each.level) for each in report.measurements)
    digest = hashlib.sha256(json.dumps(measured).encode()).hexdigest()[:12]
    return replace(report, path=POSTED + "/".join([report.format, *parts, f"{digest}.json"]))


def _plain(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]
