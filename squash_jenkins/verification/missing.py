"""Say why a build has no value of a series; everything that shows a gap asks here."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from squash_jenkins.models import JsonObject, SeriesId
from squash_jenkins.store.rows import Presence, RejectedRow

FAILED = ("FAILURE", "ABORTED", "NOT_BUILT")
"""Results of builds that Jenkins counts as failed or aborted."""
_LONGEST = 200
_KINDS = {"null": "null", "NaN": "NaN", "Infinity": "infinite", "-Infinity": "infinite"}


class Missing(NamedTuple):
    """Hold why a value is missing: a word for programs, and a text for people.

    The words are ``null``, ``NaN``, ``infinite`` and ``no number`` for what the report says in
    place of the value; ``not in report`` for a metric that the report does not have; ``no report``,
    ``failed``, ``quarantined``, ``running`` and ``configurations`` where there is no report;
    ``not stored`` for a build that is not in the store.
    """

    kind: str
    text: str


class BuildFacts(NamedTuple):
    """Hold what is stored of a build that has to do with its reports."""

    result: str | None
    provisional: bool
    presence: Presence
    rejected: Sequence[RejectedRow] = ()


NOT_STORED = Missing("not stored", "not imported yet, or no longer in Jenkins")
NOT_IN_REPORT = Missing("not in report", "not in the report")


def of_build(facts: BuildFacts) -> Missing | None:
    """Return why a build has no value at all; None where it has a report."""
    if facts.presence.reports:
        return None
    if facts.presence.matrix:
        return Missing("configurations", "measured in its configurations")
    if facts.rejected:
        return Missing("quarantined", _quarantined(facts.rejected))
    if facts.provisional:
        return Missing("running", "not read yet: the build was still running")
    if facts.result in FAILED:
        return Missing("failed", f"the build ended with {facts.result} before it wrote a report")
    return Missing("no report", "the build archived no QA report")


def of_series(series: SeriesId, facts: BuildFacts, *, reported: bool) -> Missing:
    """Return why a build with reports says nothing of a series.

    `reported` means that it has a report of the dataset and the filter of the series.
    """
    if reported:
        return NOT_IN_REPORT
    place = " · ".join(part for part in (series.dataset, series.filter) if part)
    absent = f"no report of {place}" if place else "no report without dataset and filter"
    if facts.rejected:
        return Missing("quarantined", f"{absent}; {_quarantined(facts.rejected)}")
    if facts.result in FAILED:
        return Missing("failed", f"{absent}: the build ended with {facts.result}")
    return Missing("no report", absent)


def of_value(extra: JsonObject) -> Missing:
    """Return why a measurement has no value, by what its document says in place of a number."""
    written = extra.get("as_written")
    if written is None:
        return Missing("null", "reported without a value")
    word = str(written)[:_LONGEST]
    return Missing(_KINDS.get(word, "no number"), f"{word} in the report")


class MissingValues:
    """Say why builds of a job have no value of a series.

    Parameters
    ----------
    facts
        What is stored of each build, by key.
    reported
        Datasets and filters that each build (key) has a report of, empty for none.
    written
        Why measurements without a value have none, by build (key) and series.

    """

    def __init__(
        self,
        facts: Mapping[int, BuildFacts],
        reported: Mapping[int, set[tuple[str, str]]],
        written: Mapping[tuple[int, SeriesId], Missing],
    ) -> None:
        self._facts, self._reported, self._written = facts, reported, written

    def of_build(self, build: int) -> Missing | None:
        """Return why a build (key) has no value at all; None where it has a report."""
        return of_build(self._facts[build])

    def of(self, build: int, series: SeriesId) -> Missing:
        """Return why a build (key) has no value of a series."""
        written = self._written.get((build, series))
        if written is not None:
            return written
        facts = self._facts[build]
        place = (series.dataset, series.filter)
        reported = place in self._reported.get(build, ())
        return of_build(facts) or of_series(series, facts, reported=reported)


def _quarantined(rejected: Sequence[RejectedRow]) -> str:
    first, more = rejected[0], len(rejected) - 1
    also = f" (and {more} more)" if more else ""
    return f"{first.path} was quarantined: {first.reason.rstrip('.')[:_LONGEST]}{also}"
