"""Simulate the software under test: packages whose commits change versions and sometimes metrics.

A stack is one line of commits over days. A build has the commits up to its own day, so two jobs
that build the same stack see the same change at the same time.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from squash_jenkins.models import Package
from squash_jenkins.simulate.documents.sample import generator

SUBJECTS = (
    "Accept empty catalogues",
    "Add a test for saturated pixels",
    "Allocate the scratch image once",
    "Check that masks have the size of their image",
    "Correct the units in a docstring",
    "Document the configuration fields",
    "Drop an option that nothing used",
    "Fix a warning of the newer compiler",
    "Give the task a name in the log",
    "Keep the order of sources when merging",
    "Make the number of iterations configurable",
    "Move the tests to the new runner",
    "Pass the camera geometry by reference",
    "Raise when a reference catalogue is missing",
    "Read the calibration only once",
    "Rename a misleading variable",
    "Replace a loop by an array expression",
    "Return early when there is nothing to do",
    "Say which detector failed",
    "Shorten the examples",
    "Sort the visits before grouping",
    "Use the shared random number generator",
)
GIT = "https://git.example.org/stack"
_RESERVE = 700


@dataclass(frozen=True, slots=True)
class Effect:
    """Multiply `metrics` by `factor`; empty `datasets` means every dataset."""

    metrics: tuple[str, ...]
    factor: float
    datasets: tuple[str, ...] = ()

    def touches(self, dataset: str) -> bool:
        """Return whether a dataset feels this effect."""
        return not self.datasets or dataset in self.datasets


@dataclass(frozen=True, slots=True)
class Event:
    """Plan a commit that matters, at a share of the history (above 1: after its end).

    `breaks` is for how large a share of the history every build then fails. ``add`` and
    ``remove`` bring a package into the stack or take it out.
    """

    share: float
    package: str
    subject: str
    effects: tuple[Effect, ...] = ()
    breaks: float = 0.0
    action: Literal["change", "add", "remove"] = "change"


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold one commit; `day` counts from the start of the history, `broken_until` as well."""

    package: str
    revision: str
    subject: str
    author: str
    day: float
    effects: tuple[Effect, ...] = ()
    broken_until: float = 0.0
    action: Literal["change", "add", "remove"] = "change"


@dataclass(frozen=True, slots=True)
class Contents:
    """Describe what a stack consists of.

    `packages` maps a package to its first version; `fixed` are those of others, which hardly
    change. `teams` maps the beginning of a package's name to the author of its commits.
    """

    name: str
    packages: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    commits_a_day: float = 1.6

    def team(self, package: str) -> str:
        """Return who commits to a package: a role, never a person."""
        for beginning, team in self.teams.items():
            if package.startswith(beginning):
                return team
        return "build-bot" if package in self.fixed else "pipelines"


@dataclass(frozen=True)
class Stack:
    """Hold the commits of a stack in order of their day."""

    seed: int
    contents: Contents
    commits: Sequence[Commit] = field(repr=False)

    def position(self, day: float) -> int:
        """Return how many commits had come in by `day`."""
        return bisect_right(self._days, day)

    def is_broken(self, day: float) -> bool:
        """Return whether a commit broke the build by `day`, and none has mended it."""
        return any(each.day <= day < each.broken_until for _, each in self.notable)

    @cached_property
    def notable(self) -> list[tuple[int, Commit]]:
        """Return the commits that change metrics or break builds, each with its position."""
        numbered = enumerate(self.commits, start=1)
        return [(i, each) for i, each in numbered if each.effects or each.broken_until]

    def packages(self, position: int) -> list[Package]:
        """Return the versions of all packages after the first `position` commits, by name."""
        here = [name for name in self._bases if self._is_present(name, position)]
        return [self._version(name, position) for name in sorted(here)]

    @cached_property
    def _days(self) -> list[float]:
        return [each.day for each in self.commits]

    @cached_property
    def _bases(self) -> dict[str, str]:
        """Return the first revision of each package that is ever in the stack."""
        added = [each.package for each in self.commits if each.action == "add"]
        rng = generator(self.seed, self.contents.name, "bases")
        names = [*self.contents.fixed, *self.contents.packages, *added]
        return {name: rng.bytes(20).hex() for name in names}

    @cached_property
    def _by_package(self) -> dict[str, list[int]]:
        """Return for each package the positions right after each of its commits."""
        found: dict[str, list[int]] = {}
        for i, each in enumerate(self.commits, start=1):
            found.setdefault(each.package, []).append(i)
        return found

    @cached_property
    def _turning_points(self) -> dict[str, tuple[str, int]]:
        return {
            each.package: (each.action, i)
            for i, each in enumerate(self.commits, start=1)
            if each.action != "change"
        }

    def _is_present(self, name: str, position: int) -> bool:
        action, turning_point = self._turning_points.get(name, ("", 0))
        if action == "remove":
            return position < turning_point
        return position >= turning_point

    def _version(self, name: str, position: int) -> Package:
        at = self._by_package.get(name, [])
        count = bisect_right(at, position)
        revision = self.commits[at[count - 1] - 1].revision if count else self._bases[name]
        fixed = self.contents.fixed.get(name)
        if fixed is not None:
            version = f"{fixed}+{count}" if count else fixed
        else:
            base = self.contents.packages.get(name, "master")
            version = f"{base}-{count}-g{revision[:7]}" if count else base
        return Package(name, version, revision, f"{GIT}/{name}.git")


def make_stack(seed: int, contents: Contents, events: Sequence[Event], days: float) -> Stack:
    """Make a stack's commits: `days` of history and a reserve for the builds after it.

    Parameters
    ----------
    events
        The commits that matter; all others change nothing but versions.
    days
        Length of the history; an event's share counts against it.
    """
    rng = generator(seed, contents.name, "commits")
    count = int(days * contents.commits_a_day) + _RESERVE
    names = [name for name in contents.packages if name not in _left_alone(events)]
    packages = rng.choice(len(names), count).tolist()
    subjects = rng.choice(len(SUBJECTS), count).tolist()
    moments = rng.exponential(1 / contents.commits_a_day, count).cumsum().tolist()
    usual = [
        _commit(contents, names[package], SUBJECTS[subject], moment, rng.bytes(20).hex())
        for package, subject, moment in zip(packages, subjects, moments, strict=True)
    ]
    special = [_planned(contents, each, days, rng.bytes(20).hex()) for each in events]
    return Stack(seed, contents, sorted([*usual, *special], key=lambda each: each.day))


def _left_alone(events: Sequence[Event]) -> set[str]:
    """Return the packages that come or go: they get no other commits."""
    return {each.package for each in events if each.action != "change"}


def _commit(contents: Contents, package: str, subject: str, day: float, revision: str) -> Commit:
    return Commit(package, revision, subject, contents.team(package), day)


def _planned(contents: Contents, event: Event, days: float, revision: str) -> Commit:
    return Commit(
        package=event.package,
        revision=revision,
        subject=event.subject,
        author=contents.team(event.package),
        day=event.share * days,
        effects=event.effects,
        broken_until=(event.share + event.breaks) * days if event.breaks else 0.0,
        action=event.action,
    )
