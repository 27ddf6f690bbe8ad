"""Read Cobertura XML, which most tools for code coverage can write."""

from collections.abc import Iterator, Mapping

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.results import Result, measured, result_report
from squash_jenkins.formats.strict_xml import parse, root_tag
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import HIGHER


class Cobertura(Format):
    """Read the coverage of lines and branches of the whole file, in percent."""

    name = "cobertura"
    order = 210

    def matches(self, document: Document) -> bool:
        """Return whether the root is ``coverage`` with a rate of lines."""
        content = document.content
        return root_tag(content) == "coverage" and b"line-rate" in content[: 1 << 16]

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        root = _Root()
        parse(document.content, root)
        return [result_report(document, self.name, _results(root.attributes))]


class _Root:
    """Hold the attributes of the root; the rest is only parsed, as the file must be whole."""

    def __init__(self) -> None:
        self.attributes: Mapping[str, str] = {}
        self._is_first = True

    def begin(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Take the attributes of the first element."""
        if self._is_first:
            self.attributes, self._is_first = dict(attributes), False

    def end(self, tag: str) -> None:
        """Do nothing."""


def _results(attributes: Mapping[str, str]) -> Iterator[Result]:
    for name, one, many in (("lines", "line", "lines"), ("branches", "branch", "branches")):
        rate = _number(attributes, f"{one}-rate")
        valid, covered = (_number(attributes, f"{many}-{word}") for word in ("valid", "covered"))
        if one == "branch" and (f"{one}-rate" not in attributes or valid == 0):
            continue  # branches were not measured
        if rate is not None and not 0 <= rate <= 1:
            raise _fault(f"{one}-rate", attributes, "a ratio from 0 to 1")
        # Of no line at all some tools write 0, some 1.
        value = None if rate is None or valid == 0 else 100 * rate
        yield Result(f"coverage.{name}", value, "%", HIGHER, {"covered": covered, "of": valid})


def _number(attributes: Mapping[str, str], key: str) -> float | None:
    text = attributes.get(key, "").strip()
    if not text:
        return None
    try:
        return measured(Field(float(text)))
    except ValueError:
        raise _fault(key, attributes, "a number") from None


def _fault(key: str, attributes: Mapping[str, str], expected: str) -> DocumentError:
    return Field(attributes[key], f"coverage/@{key}").fault(expected)
