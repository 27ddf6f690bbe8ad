"""Find which code changed between two builds, and which of it may be the cause of a finding.

::

    code_between(reader, job, after, until)   # keys; after None compares with nothing
    suspects_of(reader, row)                  # of a finding
    SuspectFinder(reader).of(row)                # of many: what they have in common is read once
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from squash_jenkins.analysis.number_ranges import Ranges, left_out
from squash_jenkins.analysis.suspects import Suspect, rank
from squash_jenkins.findings.candidates import Evidence, Window
from squash_jenkins.findings.code_history import CodeBetween, CodeHistory
from squash_jenkins.findings.machines import with_machine
from squash_jenkins.models import Metric, SeriesId
from squash_jenkins.models.finding import APPEARED, DRIFT, Finding, SeriesChange
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK, BlockArrays
from squash_jenkins.store.rows import BuildPoint, FindingRow

__all__ = ["CodeBetween", "Suspect", "SuspectFinder", "Suspects", "code_between", "suspects_of"]

_AT_A_DRIFT = 5
"""A drift has no single cause: what came in within so many builds of its begin is suspect."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """Hold what may be the cause of a finding.

    Attributes
    ----------
    suspects
        The most suspect first.
    code
        What changed between the last good and the last possible build.
    last_good
        Key of the newest build before the first possible one in which the leading series was
        measured; None where there is none.
    between
        The builds between the last good one and where the finding began, without either.
    missing
        Ranges of numbers of builds between these two that are not stored.
    """

    suspects: Sequence[Suspect]
    code: CodeBetween
    last_good: int | None
    between: Sequence[BuildPoint]
    missing: Ranges


def code_between(reader: Reader, job: int, after: int | None, until: int) -> CodeBetween:
    """Return the code changes between two builds of a job.

    Parameters
    ----------
    reader
        An open reader.
    job
        Key of the job.
    after, until
        Keys of the builds. None for `after` says that there is nothing to compare with, as for
        the first build of a job. When `until` came first the changes are listed backwards.

    Raises
    ------
    StoreError
        When a build is not of this job.

    """
    return CodeHistory(reader, job).between(after, until)


def suspects_of(reader: Reader, row: FindingRow) -> Suspects:
    """Return what may be the cause of a finding; see `SuspectFinder` for many."""
    return SuspectFinder(reader).of(row)


class SuspectFinder:
    """Find the suspects of findings; valid as long as its reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._histories: dict[int, CodeHistory] = {}
        self._arrays: dict[tuple[int, int], BlockArrays] = {}
        self._measured: dict[tuple[int, int, SeriesId | None], Collection[int]] = {}
        self._evidence = Evidence(reader, self._history)

    def of(self, row: FindingRow) -> Suspects:
        """Return what may be the cause of a finding."""
        history, finding = self._history(row.job), row.finding
        first = history.place(finding.first)
        good = self._measured_before(history, finding, first)
        if good is None:  # nothing was ever good: only what this build says of itself is left
            return Suspects((), history.between(None, finding.build), None, (), [])
        begin, end = history.place(finding.build), history.place(finding.last)
        if finding.kind == DRIFT:
            begin, end = first, min(end, first + _AT_A_DRIFT)
        before = self._measured_before(history, finding, begin)
        window = Window(good, good if before is None else before, begin, end)
        candidates = self._evidence.candidates(row, window)
        builds = history.builds
        suspects = rank(candidates, self._metrics_of(finding))
        return Suspects(
            with_machine(suspects, self._reader, finding, builds[:begin], builds[begin:]),
            history.around(good, end),
            builds[good].key,
            builds[good + 1 : begin],
            left_out(build.number for build in builds[good : begin + 1]),
        )

    def _history(self, job: int) -> CodeHistory:
        return self._histories.setdefault(job, CodeHistory(self._reader, job))

    def _measured_before(self, history: CodeHistory, finding: Finding, place: int) -> int | None:
        """Return the place of the newest build before `place` that measured the leading series.

        Of a metric that appeared it is the newest that measured anything.
        """
        leading = None if finding.kind == APPEARED else finding.series[0]
        for at in range(place - 1, -1, -1):
            build = history.builds[at]
            if build.key in self._measuring(history.job, build.number // BLOCK, leading):
                return at
        return None

    def _measuring(self, job: int, block: int, series: SeriesChange | None) -> Collection[int]:
        """Return the builds (keys) of a block that measured a series; None is any."""
        key = (job, block, None if series is None else series.series)
        if key not in self._measured:
            arrays = self._arrays_of(job, block)
            rows = [at for at, each in enumerate(arrays.series) if key[2] in (None, each.id)]
            columns = (arrays.values[rows] == arrays.values[rows]).any(axis=0)  # NaN is not itself
            reported = zip(arrays.builds, columns.tolist(), strict=True)
            self._measured[key] = {build for build, measured in reported if measured}
        return self._measured[key]

    def _arrays_of(self, job: int, block: int) -> BlockArrays:
        if (job, block) not in self._arrays:
            self._arrays[job, block] = dict(self._reader.blocks.read(job, [block]))[block]
        return self._arrays[job, block]

    def _metrics_of(self, finding: Finding) -> list[Metric]:
        names = dict.fromkeys(each.metric for each in finding.series)
        return [self._metrics.get(name, Metric(name)) for name in names]

    @cached_property
    def _metrics(self) -> dict[str, Metric]:
        return self._reader.definitions.metrics()
