"""Wait for a build to end: poll less and less often, and wait out a restart of Jenkins."""

from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

from squash_jenkins.errors import NotFound, StillRunning, Unreachable
from squash_jenkins.models import Build, BuildId
from squash_jenkins.reliability.backoff import delay

_FIRST_POLL = 0.5
_LONGEST_POLL = 10.0
_SETTLES = 3.0
"""Seconds after which a Pipeline that is over no longer changes; 30 to 90 ms were seen."""
_GLANCE = 0.2

Found = TypeVar("Found")


def wait_for(
    look: Callable[[], Found | None],
    build: BuildId,
    limit: float,
    sleep: Callable[[float], object],
    clock: Callable[[], float],
) -> Found:
    """Return what `look` finds; a Jenkins that has answered before may be away for a while.

    Parameters
    ----------
    look
        Asks Jenkins; returns None while the build is running.
    build
        The build to wait for.
    limit
        Seconds to wait; 0 polls once.
    sleep, clock
        Wait a number of seconds; return the seconds since some moment.

    Raises
    ------
    StillRunning
        The build did not end in time.
    JenkinsError
        What `look` raises; Unreachable only from the first look, or after `limit`.
    """
    deadline = clock() + limit
    answered = False
    for polls in count(1):
        try:
            found = look()
            if found is not None:
                return found
            answered = True
        except Unreachable:
            if not answered or clock() >= deadline:
                raise
        remaining = deadline - clock()
        if remaining <= 0:
            raise StillRunning(
                f"{build} was still running after {limit:g} s: wait longer, or run again when it "
                "is over."
            )
        sleep(min(remaining, delay(polls, _FIRST_POLL, _LONGEST_POLL, jitter=0.0)))
    raise AssertionError("counting has no end")


def settled(
    families: Iterable[list[Build]],
    look: Callable[[BuildId], list[Build]],
    sleep: Callable[[float], object],
    clock: Callable[[], float],
) -> list[list[Build]]:
    """Return the families, requesting those again whose Pipeline has only just ended.

    Such a build has no duration yet, and its result may still change. One that was killed never
    gets a duration: its result after some seconds is final. All are waited for together.
    """
    until = clock() + _SETTLES
    found = []
    for family in families:
        looked = False
        while _is_settling(family[0]) and not (looked and clock() >= until):
            if clock() < until:
                sleep(_GLANCE)
            try:
                family = look(family[0].id)
            except NotFound:
                break  # deleted just now: reading its files reports that
            looked = True
        found.append(family)
    return found


def _is_settling(build: Build) -> bool:
    pipeline = str(build.extra.get("class", "")).endswith(".WorkflowRun")
    return pipeline and not build.provisional and build.duration is None
