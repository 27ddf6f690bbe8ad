"""Wait for a build to end: poll ever less often, and sit out a restart of Jenkins."""

from collections.abc import Callable
from typing import TypeVar

from squash_jenkins.errors import StillRunning, Unreachable
from squash_jenkins.models import BuildId

_FIRST_POLL = 0.5
_LONGEST_POLL = 10.0

Found = TypeVar("Found")


def wait_for(
    look: Callable[[], Found | None],
    build: BuildId,
    limit: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Found:
    """Return what `look` finds; a Jenkins that has answered before may be away for a while.

    Parameters
    ----------
    look
        Asks Jenkins; None while the build is running.
    build
        What is waited for.
    limit
        Seconds to wait; 0 looks once.
    sleep, clock
        Wait so many seconds; tell the seconds since some moment.

    Raises
    ------
    StillRunning
        The build was not done in time.
    JenkinsError
        What `look` raises; Unreachable only from the first look, or after `limit`.
    """
    deadline = clock() + limit
    pause, answered = _FIRST_POLL, False
    while True:
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
                f"{build} was still running after {limit:g} s: wait longer, or run again "
                "when it is done."
            )
        sleep(min(pause, remaining))
        pause = min(pause * 2, _LONGEST_POLL)
