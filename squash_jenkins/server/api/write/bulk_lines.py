"""Lines of a bulk request: split the bytes, store lines in batches, return each result."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

from squash_jenkins.errors import SquashError, StoreError
from squash_jenkins.server.access import Caller
from squash_jenkins.server.api.write.ingest import Ingested, ingest_documents
from squash_jenkins.server.api.write.metric_definition import MetricDefinition, read_metrics
from squash_jenkins.server.api.write.posted_document import PostedDocument, parse_document
from squash_jenkins.server.api.write.request_body import memory_for, parsed
from squash_jenkins.server.api.write.submit_metric import define
from squash_jenkins.server.http.problems import FAILED, Problem, problem_of
from squash_jenkins.server.services import Services

_LOG = logging.getLogger(__name__)
_MANY = 200
_BYTES = 2 << 20
"""Approximate lines and bytes per transaction."""
LineResult = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number, from 1; `content` is None if it is too long."""

    number: int
    content: bytes | None


@dataclass
class Lines:
    """Splits bytes into lines, holding one at most; blank lines are skipped."""

    most: int
    number: int = 0
    _begun: bytearray = field(default_factory=bytearray)
    _too_long: bool = False

    def feed(self, content: bytes) -> Iterator[Line]:
        """Yield the lines completed by these bytes."""
        *whole, rest = content.split(b"\n")
        for piece in whole:
            self._add(piece)
            yield from self._whole()
        self._add(rest)

    def end(self) -> Iterator[Line]:
        """Yield the rest after the last line break, as a line."""
        if self._begun or self._too_long:
            yield from self._whole()

    def _whole(self) -> Iterator[Line]:
        self.number += 1
        content, too_long = bytes(self._begun).strip(), self._too_long
        self._begun.clear()
        self._too_long = False
        if content or too_long:
            yield Line(self.number, None if too_long else content)

    def _add(self, piece: bytes) -> None:
        if self._too_long or len(self._begun) + len(piece) > self.most:
            self._too_long = True
            self._begun.clear()
        else:
            self._begun += piece


@dataclass
class Batch:
    """Lines for one transaction."""

    lines: list[Line] = field(default_factory=list)
    size: int = 0

    def add(self, line: Line) -> None:
        """Add a line."""
        self.lines.append(line)
        self.size += len(line.content or b"")

    @property
    def full(self) -> bool:
        """Return whether the batch should be stored."""
        return len(self.lines) >= _MANY or self.size >= _BYTES


def store_lines(here: Services, who: Caller, lines: Sequence[Line]) -> list[LineResult]:
    """Store lines, and return the result of each, in order."""
    read = [_read(here, line) for line in lines]
    results: list[LineResult] = []
    for kind, group in groupby(zip(lines, read, strict=True), key=lambda each: type(each[1])):
        some = list(group)
        values: list[Any] = [value for _, value in some]
        if issubclass(kind, Problem):
            outcomes: Sequence[LineResult | Problem] = values
        elif kind is PostedDocument:
            outcomes = _each(values, lambda mine: _jobs(here, who, mine))
        else:
            outcomes = _each(values, lambda mine: define(here, who, mine))
        results += [
            _result(line, outcome) for (line, _), outcome in zip(some, outcomes, strict=True)
        ]
    return results


def _read(here: Services, line: Line) -> PostedDocument | MetricDefinition | Problem:
    if line.content is None:
        return Problem(413, f"Longer than {here.settings.server.max_body_bytes} bytes.")
    try:
        most = here.settings.server.max_body_bytes
        root = parsed(line.content, memory_for(most))
        if isinstance(root, dict) and "measurements" not in root and "metric" in root:
            return read_metrics(root)[0]
        return parse_document(root, here.settings, here.plugins.formats, {})
    except Problem as problem:
        return problem


def _each(
    values: list[T], store: Callable[[list[T]], Sequence[LineResult | Problem]]
) -> Sequence[Any]:
    """Store all together; if that fails, one by one, so that only faulty ones fail."""
    try:
        return store(values)
    except StoreError as error:
        return [problem_of(error)] * len(values)
    except (Problem, SquashError) as error:
        if len(values) == 1:
            return [error if isinstance(error, Problem) else Problem(400, str(error))]
    except Exception:  # noqa: BLE001 - one line must not stop others
        _LOG.exception("Lines of a bulk request could not be stored")
        if len(values) == 1:
            return [Problem(500, FAILED)]
    return [outcome for value in values for outcome in _each([value], store)]


def _jobs(
    here: Services, who: Caller, sent: list[PostedDocument]
) -> Sequence[LineResult | Problem]:
    ingested = ingest_documents(here, who, sent)
    return [_short(each) if isinstance(each, Ingested) else each for each in ingested]


def _short(ingested: Ingested) -> LineResult:
    result = ingested.as_json()
    keys = ("result", "controller", "job", "build", "started")
    return {"status": ingested.status, **{key: result[key] for key in keys}}


def _result(line: Line, outcome: LineResult | Problem) -> LineResult:
    if isinstance(outcome, Problem):
        return {
            "line": line.number,
            "status": outcome.status,
            "detail": outcome.detail,
            **outcome.more,
        }
    status = 201 if outcome.get("result") == "created" else 200
    return {"line": line.number, "status": status, **outcome}
