"""Collect the code changes that may have caused a finding, with the evidence for each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from squash_jenkins.analysis.code_changes import PackageChange
from squash_jenkins.analysis.suspects import Candidate
from squash_jenkins.findings.code_history import CodeHistory
from squash_jenkins.models import Change, Package
from squash_jenkins.models.finding import Finding
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.names import package_name
from squash_jenkins.text.sentences import versions

_EARLIER = 20
"""How many earlier builds are searched for packages that change without harm."""
_SAME_TIME = timedelta(days=30)
_NEIGHBOURS, _OTHERS = 12, 6
"""How many findings before and after are considered by their time, and how many examined."""
_SHOWN = 8
"""Digits of a commit that are shown to people."""
_LONGEST = 100


class Window(NamedTuple):
    """Hold places of builds: what came in within (good, end] is suspect.

    Most suspect is what came in within (before, begin]: `begin` is where the finding most likely
    began, `before` the newest build before that measured the leading series.
    """

    good: int
    before: int
    begin: int
    end: int

    def at_begin(self, after: int, until: int) -> bool:
        """Return whether what came in within (after, until] may have come in where it began."""
        return max(after, self.before) < min(until, self.begin)


class Evidence:
    """Collect candidates; valid as long as its reader.

    Parameters
    ----------
    reader
        An open reader.
    history_of
        Returns the history of a job by its key.

    """

    def __init__(self, reader: Reader, history_of: Callable[[int], CodeHistory]) -> None:
        self._reader, self._history_of = reader, history_of

    def candidates(self, row: FindingRow, window: Window) -> list[Candidate]:
        """Return every change that came in within the window, each package and commit once."""
        history = self._history_of(row.job)
        commits = history.commits(window.good, window.end)
        packages = self._packages(history, window)
        quiet = self._quiet(row.job, window.good)
        elsewhere = self._elsewhere(row)
        own, rest = _shared_out([change for change, _ in packages.values()], commits)
        found = []
        for name, (change, step) in packages.items():
            candidate = _package(history, change, step, window, own[name])
            candidate = replace(candidate, quiet=quiet.often[name], steps=quiet.steps)
            codes = [_code(change.new), *(commit.revision for commit in own[name])]
            moved = dict.fromkeys(words for code in codes for words in elsewhere.get(code, ()))
            found.append(replace(candidate, elsewhere=tuple(moved)))
        for key, commit in rest:
            candidate = _commit(history, key, commit, window)
            found.append(replace(candidate, elsewhere=elsewhere.get(commit.revision, ())))
        return found

    def _packages(self, history: CodeHistory, window: Window) -> dict[str, "_Came"]:
        """Return the change of each package; of several, the one where the finding began."""
        found: dict[str, _Came] = {}
        for begin, end, changed in history.steps(history.reporting(window.good, window.end)):
            for each in changed:
                if each.name not in found or window.at_begin(begin, end):
                    found[each.name] = (each, (begin, end))
        return found

    def _quiet(self, job: int, place: int) -> "_Quiet":
        """Count in how many earlier builds each package changed without any finding there."""
        history = self._history_of(job)
        moved = {
            history.place(row.finding.build)
            for row in self._findings
            if row.job == job and not row.withdrawn
        }
        reporting = history.reporting(max(0, place - _EARLIER), place)
        often: Counter[str] = Counter()
        steps = 0
        for begin, end, changed in history.steps(reporting):
            if end <= place and moved.isdisjoint(range(begin + 1, end + 1)):
                steps += 1
                often.update(each.name for each in changed)
        return _Quiet(often, steps)

    def _elsewhere(self, row: FindingRow) -> dict[str, list[str]]:
        """Return by code what moved in other jobs at the build where the same code came in."""
        found: dict[str, list[str]] = defaultdict(list)
        for other in self._others(row):
            history = self._history_of(other.job)
            place = history.place(other.finding.build)
            build = f"{self._job_names[other.job]} #{history.number(place)}"
            words = f"{build}, where {_what(other.finding)} moved"
            for code in dict.fromkeys(_codes(history, place)):
                found[code].append(words)
        found.pop("", None)  # removed packages, and commits without a name
        return found

    def _others(self, row: FindingRow) -> list[FindingRow]:
        """Return the findings of other jobs that began at about the same time, nearest first."""
        at = next((i for i, each in enumerate(self._findings) if each.key == row.key), None)
        if at is None:
            return []
        near = self._findings[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]
        own = self._started(row)
        apart = [
            (abs(self._started(each) - own), each.name, each)
            for each in near
            if each.job != row.job and not each.withdrawn
        ]
        apart.sort(key=lambda entry: entry[:2])
        return [each for distance, _, each in apart if distance <= _SAME_TIME][:_OTHERS]

    def _started(self, row: FindingRow) -> datetime:
        """Return when the build started where a finding begins (UTC)."""
        history = self._history_of(row.job)
        return history.builds[history.place(row.finding.build)].started

    @cached_property
    def _findings(self) -> list[FindingRow]:
        return self._reader.findings.find()

    @cached_property
    def _job_names(self) -> dict[int, str]:
        return {job.key: job.name for job in self._reader.builds.jobs()}


class _Quiet(NamedTuple):
    """Hold how often packages changed in so many steps without a finding."""

    often: Counter[str]
    steps: int


_Came = tuple[PackageChange, tuple[int, int]]
"""A change of a package, and the places of the builds between which it came in."""


def _shared_out(
    changed: Sequence[PackageChange], commits: Sequence[tuple[int, Change]]
) -> tuple[dict[str, list[Change]], list[tuple[int, Change]]]:
    """Return the commits of each package that changed, and the other commits."""
    revisions = {each.new.revision: each.name for each in changed if each.new and each.new.revision}
    names = {each.name for each in changed}
    own: dict[str, list[Change]] = defaultdict(list)
    rest = []
    for key, commit in commits:
        package = revisions.get(commit.revision) or _named(commit, names)
        if package is None:
            rest.append((key, commit))
        else:
            own[package].append(commit)
    return own, rest


def _named(commit: Change, packages: Collection[str]) -> str | None:
    """Return the package that a commit is about by its first word or the folder of its paths.

    Jenkins does not say which repository a commit belongs to.
    """
    beginning = commit.message.partition(":")[0].strip()
    folders = {path.partition("/")[0] for path in commit.paths}
    words = [beginning, *(folders if len(folders) == 1 else ())]
    return next((word for word in words if word in packages), None)


def _package(
    history: CodeHistory,
    change: PackageChange,
    step: tuple[int, int],
    window: Window,
    commits: Sequence[Change],
) -> Candidate:
    begin, end = step
    text = versions(change.old, change.new)
    if commits:
        more = f" and {len(commits) - 1} more" if len(commits) > 1 else ""
        message = first_line(commits[-1].message).removeprefix(f"{change.name}:").strip()
        text = f"{text}: {message}{more}"
    return Candidate(
        change.name,
        text,
        change.url,
        history.number(end),
        window.at_begin(begin, end),
        history.number(begin) if end - begin > 1 else None,
        " ".join(map(_clues, commits)),
    )


def _commit(history: CodeHistory, key: int, change: Change, window: Window) -> Candidate:
    place = history.place(key)
    return Candidate(
        change.revision[:_SHOWN] or "commit",
        first_line(change.message),
        None,
        history.number(place),
        window.at_begin(place - 1, place),
        clues=_clues(change),
    )


def _codes(history: CodeHistory, place: int) -> Iterator[str]:
    """Yield what identifies the code that came in with a build: commits, else versions."""
    reporting = [each for each in history.reporting(max(0, place - 1), place) if each <= place]
    for _, _, changed in history.steps(reporting):
        for each in changed:
            yield _code(each.new)
    for _, change in history.commits(min([*reporting, place - 1]), place):
        yield change.revision


def _code(package: Package | None) -> str:
    if package is None:
        return ""
    return package.revision or f"{package.name} {package.version}"


def _clues(change: Change) -> str:
    return " ".join([change.message, *change.paths])


def _what(finding: Finding) -> str:
    metric = finding.series[0].metric
    package = package_name(metric)
    return metric[len(package) + 1 :] if package else metric


def first_line(message: str) -> str:
    """Return the first line of a commit's message, shortened where it is long."""
    line = message.strip().partition("\n")[0].strip()
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
