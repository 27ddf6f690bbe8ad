"""Look at the world as one request does: with its root URL and its permissions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote

from squash_jenkins.simulate.state import BUILD_KINDS, SimBuild, SimJob
from squash_jenkins.simulate.world import World

COLORS = {
    "SUCCESS": "blue",
    "UNSTABLE": "yellow",
    "FAILURE": "red",
    "ABORTED": "aborted",
    "NOT_BUILT": "notbuilt",
}
UNESCAPED = "!$&'()*+,;=:@~"
"""Characters that Jenkins leaves alone in a path segment."""

PERMALINKS: dict[str, Callable[[SimBuild], bool]] = {
    "lastCompletedBuild": lambda build: True,
    "lastFailedBuild": lambda build: build.result == "FAILURE",
    "lastStableBuild": lambda build: build.result == "SUCCESS",
    "lastSuccessfulBuild": lambda build: build.result in ("SUCCESS", "UNSTABLE"),
    "lastUnstableBuild": lambda build: build.result == "UNSTABLE",
    "lastUnsuccessfulBuild": lambda build: build.result != "SUCCESS",
}


def quote_segment(name: str) -> str:
    """Return one part of a full name as it stands in a URL."""
    return quote(name, safe=UNESCAPED, errors="replace")


def milliseconds(moment: datetime) -> int:
    """Return a moment as Jenkins writes it: milliseconds since 1970 UTC."""
    return round(moment.timestamp() * 1000)


@dataclass(slots=True)
class View:
    """Hold the world with `root` (URL with a final slash) and the visitor's permissions."""

    world: World
    root: str
    permissions: frozenset[str]
    _estimates: dict[str, int] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    def may(self, permission: str) -> bool:
        """Return whether the visitor has a permission."""
        return bool(self.permissions & {permission, "Overall/Administer"})

    def children(self, parent: str) -> list[SimJob]:
        """Return the visible jobs and folders right below `parent` ('' is the root), by name."""
        if not self.may("Job/Read"):
            return []
        jobs = self.world.jobs.values()
        return sorted(
            (each for each in jobs if each.name.rpartition("/")[0] == parent),
            key=lambda each: each.name.lower(),
        )

    def job_url(self, name: str) -> str:
        """Return the URL of a job or folder below the root URL."""
        if name not in self._urls:
            parent, _, last = name.rpartition("/")
            above = self.job_url(parent) if parent else self.root
            inside = self.world.jobs[name].kind == "configuration"
            self._urls[name] = f"{above}{'' if inside else 'job/'}{quote_segment(last)}/"
        return self._urls[name]

    def display_name(self, job: SimJob) -> str:
        """Return the short name that people see."""
        parent, _, last = job.name.rpartition("/")
        if job.kind == "configuration":
            return ",".join(pair.partition("=")[2] for pair in last.split(","))
        above = self.world.jobs.get(parent)
        return unquote(last) if above and above.kind == "multibranch" else last

    def full_display_name(self, job: SimJob) -> str:
        """Return the name with its folders, ``folder » ci_decam``."""
        parent = self.world.jobs.get(job.name.rpartition("/")[0])
        own = self.display_name(job)
        return f"{self.full_display_name(parent)} » {own}" if parent else own

    def estimate(self, job: SimJob) -> int:
        """Return the estimated duration in milliseconds; -1 without a history."""
        if job.name not in self._estimates:
            over = [each for each in newest_first(job) if not each.building]
            good = [each.duration for each in over if each.result in ("SUCCESS", "UNSTABLE")][:3]
            self._estimates[job.name] = round(1000 * sum(good) / len(good)) if good else -1
        return self._estimates[job.name]


def newest_first(job: SimJob) -> list[SimBuild]:
    """Return the builds of `job` by falling number."""
    return [job.builds[number] for number in sorted(job.builds, reverse=True)]


def permalink(job: SimJob, name: str) -> SimBuild | None:
    """Return the build behind ``lastBuild``, ``lastFailedBuild`` …; frozen ones stay wrong.

    A build that is over but not finalized is not behind any of them but ``lastBuild``.
    """
    if name in job.permalinks:
        return job.builds.get(job.permalinks[name] or 0)
    if name == "firstBuild":
        return job.builds[min(job.builds)] if job.builds else None
    if name == "lastBuild":
        return job.builds[max(job.builds)] if job.builds else None
    fits = PERMALINKS[name]
    for build in newest_first(job):
        if not build.building and build.finalized and fits(build):
            return build
    return None


def color(job: SimJob) -> str:
    """Return the ball's color; a running build adds ``_anime`` to that of the build before."""
    if job.disabled:
        return "disabled"
    builds = newest_first(job)
    over = [each for each in builds if not each.building]
    before = COLORS.get(over[0].result or "", "notbuilt") if over else "notbuilt"
    return f"{before}_anime" if builds and builds[0].building else before


def is_buildable(job: SimJob) -> bool:
    """Return whether this is a job, not a folder."""
    return job.kind in BUILD_KINDS
