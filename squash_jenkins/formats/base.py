"""Define what a QA file format is, and read a document with the first one that recognises it.

A format is a class in a module of this package (or of a plug-in)::

    class PytestBenchmark(JsonFormat):
        name = "pytest-benchmark"

        def recognises(self, root: Any) -> bool:
            return isinstance(root, dict) and "benchmarks" in root

        def read(self, document: Document) -> list[Report]:
            ...

`squash_jenkins.testing.check_format` checks one against a sample document.
"""

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.contract import breach
from squash_jenkins.formats.strict_json import MEMORY, parse
from squash_jenkins.models import Report

T = TypeVar("T")

JSON_SUFFIXES = (".json", ".json.gz", ".json.xz")


@dataclass(frozen=True)
class Document:
    """Hold one unpacked QA file.

    Attributes
    ----------
    path
        The artifact's path below the build's archive.
    digest
        SHA-256 of `content` in hexadecimal digits.
    size
        Bytes of the file as it was archived (packed, if it was).
    content
        The bytes, unpacked.
    memory
        About how many bytes the values of a JSON document may take.
    tests
        Globs on the names of single tests and suites that are to be read of test results.
    """

    path: str
    digest: str
    size: int
    content: bytes
    memory: int = MEMORY
    tests: Sequence[str] = ()

    @cached_property
    def text(self) -> str:
        """Return the content as UTF-8 text.

        Raises
        ------
        DocumentError
            The content is not UTF-8.
        """
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DocumentError(f"byte {error.start} is not UTF-8 text: {error.reason}") from None

    @cached_property
    def json(self) -> Any:
        """Return the content as JSON; NaN and the infinities are read as floats.

        Raises
        ------
        DocumentError
            The content is empty, not JSON, cut off, nested too deep, repeats a
            key, or holds a number or character that cannot be stored.
        """
        return parse(self.content, self.memory)

    @cached_property
    def is_json(self) -> bool:
        """Return whether this is JSON by its content; a broken file named JSON counts too.

        The name counts for one reason: a cut-off ``result.json`` must be
        set aside with its reason, a log that begins with a brace need not.
        """
        if self.path.lower().endswith(JSON_SUFFIXES):
            return True
        if not self.content[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
            return False
        try:
            return self.json is not None
        except DocumentError:
            return False


class Format(ABC):
    """Read one kind of QA file. Formats are tried in the order of `order`, then of `name`."""

    name: ClassVar[str]
    """Stored with every report, so never change it once it is in use."""
    order: ClassVar[int] = 100
    """Lower is tried earlier; a format that accepts almost anything has a high number."""

    @abstractmethod
    def matches(self, document: Document) -> bool:
        """Return, from the content, whether this format can read the document.

        Be generous about values: a document of this shape with a wrong value
        should match, so that `read` can say what is wrong with it.
        """

    @abstractmethod
    def read(self, document: Document) -> list[Report]:
        """Read the document into one report for each filter that it measured.

        Raises
        ------
        DocumentError
            A field is wrong; the text names its JSON path, what was found and
            what was expected.
        """

    def complete(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Return the reports that this format read of one build, completed by each other.

        Some tools spread over several files what belongs together. By default nothing changes.
        """
        return reports


class JsonFormat(Format):
    """Read a QA file that is JSON; malformed JSON is reported before any format is tried."""

    def matches(self, document: Document) -> bool:
        """Return whether the document is JSON whose root this format recognises."""
        return document.is_json and self.recognises(document.json)

    @abstractmethod
    def recognises(self, root: Any) -> bool:
        """Return, from the JSON value at the root, whether this format can read the document."""


def read_document(
    document: Document, formats: Sequence[Format], faults: list[str] | None = None
) -> list[Report] | None:
    """Read a document with the first format that recognises it.

    Formats may be foreign code: whatever one raises, the others are tried, and a document that
    none of them reads is refused with the reason.

    Parameters
    ----------
    faults
        Gets a sentence about each format that failed while it checked the document.

    Returns
    -------
    list of Report or None
        One report for each filter in the document; None when no format
        recognises it.

    Raises
    ------
    DocumentError
        The document is broken, a field has a wrong type or value, or a format failed.
    """
    failures: list[str] = []
    for each in sorted(formats, key=lambda each: (each.order, each.name)):
        matches, failure = _isolated(each, partial(each.matches, document))
        if failure:
            failures.append(failure)
        elif matches:
            _note(failures, faults)
            return _reports(each, document)
    _note(failures, faults)
    if failures:
        raise DocumentError(failures[0])
    return None


def check_count(reports: Sequence[Report], most: int) -> None:
    """Refuse a document that has more metrics than anybody looks at.

    Raises
    ------
    DocumentError
        It has more than `most`.
    """
    metrics = {each.metric for report in reports for each in report.measurements}
    if len(metrics) > most:
        raise DocumentError(
            f"it has {len(metrics)} metrics, and max_metrics in the settings allows {most}: "
            "write fewer, or raise the setting"
        )


def completed_by(
    formats: Sequence[Format], reports: Sequence[Report], faults: list[str]
) -> list[Report]:
    """Return the reports of a build, each completed by the format that read it.

    A format that fails leaves its reports as they are; `faults` gets a sentence about it.
    """
    read_by = {report.format for report in reports}
    found = list(reports)
    for format in formats:
        if format.name not in read_by or type(format).complete is Format.complete:
            continue
        own = [report for report in found if report.format == format.name]
        completed, failure = _isolated(format, partial(_completed, format, own))
        _note([failure] if failure else [], faults)
        if completed is not None:
            found = [each for each in found if each.format != format.name] + list(completed)
    return found


def _completed(format: Format, own: Sequence[Report]) -> Sequence[Report]:
    completed = format.complete(own)
    wrong = breach(completed)
    if wrong:
        raise ValueError(wrong)
    return completed


def _reports(format: Format, document: Document) -> list[Report]:
    # A generator does its work, and fails, when its reports are taken.
    found, failure = _isolated(format, lambda: _taken(format.read(document)))
    if failure is None:
        wrong, failure = _isolated(format, lambda: breach(found))
        failure = failure or (wrong and f"The format {format.name} failed: {wrong}.")
    if failure:
        raise DocumentError(failure)
    return list(found or ())


def _taken(reports: Any) -> Any:
    return list(reports) if isinstance(reports, Iterator) else reports


def _isolated(format: Format, call: Callable[[], T]) -> tuple[T | None, str | None]:
    """Return what a format gives, or a sentence about what it raised."""
    try:
        return call(), None
    except (DocumentError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - foreign code; reported, the others still work
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = " ".join(f"{type(error).__name__}: {error}"[:300].split())
        return None, (
            f"The format {format.name} failed: {words.encode(errors='backslashreplace').decode()} "
            f"({Path(where.filename).name}, line {where.lineno})."
        )


def _note(failures: list[str], faults: list[str] | None) -> None:
    if faults is not None:
        faults += [failure for failure in failures if failure not in faults]
