"""Define the things of a simulated Jenkins: jobs, builds, users, queue items, faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Content = bytes | Callable[[], bytes]
Kind = Literal["freestyle", "pipeline", "matrix", "configuration", "folder", "multibranch"]
Phase = Literal["up", "down", "starting"]
Loss = Literal["vanish", "fail", "fail_unsaved"]
BROKEN = object()
"""A field of a build that Jenkins cannot show, because of what a plugin stored in it."""
BUILD_KINDS = ("freestyle", "pipeline", "matrix", "configuration")
HIDDEN: Any = object()
"""Value of a password parameter: Jenkins never shows it."""
STARTED_BY_USER: Mapping[str, Any] = {
    "_class": "hudson.model.Cause$UserIdCause",
    "shortDescription": "Started by user admin",
    "userId": "admin",
    "userName": "admin",
}


@dataclass(slots=True)
class SimChange:
    """Hold one commit of a build's change set; `timestamp` is milliseconds since 1970 UTC."""

    commit: str
    author: str
    message: str
    timestamp: int
    paths: tuple[str, ...] = ()
    email: str = ""


@dataclass(slots=True)
class SimBuild:
    """Hold one build.

    `started` is UTC-aware, `duration` is in seconds. While `building` is True a `result` is
    provisional. `artifacts` maps a path to bytes or to a function that makes them when asked;
    `artifacts_visible` is how many are archived so far (None is all). `runs` of a matrix parent
    are (full name of the configuration, number). `finalized` False means that the build is over
    but the permalinks have not moved yet. `actions` are extra entries of Jenkins' `actions`.
    `archived` is when its files were last changed, their ``Last-Modified``; None is its end.
    `odd` are fields that Jenkins answers wrongly: with this value, not at all where it is ``...``,
    and the whole answer fails with status 500 where it is `BROKEN`.
    """

    number: int
    started: datetime
    duration: float = 60.0
    result: str | None = "SUCCESS"
    building: bool = False
    artifacts: dict[str, Content] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    causes: list[dict[str, Any]] = field(default_factory=lambda: [dict(STARTED_BY_USER)])
    changes: list[SimChange] = field(default_factory=list)
    node: str = ""
    description: str | None = None
    display_name: str | None = None
    artifacts_visible: int | None = None
    runs: list[tuple[str, int]] = field(default_factory=list)
    console: str = ""
    actions: list[dict[str, Any]] = field(default_factory=list)
    finalized: bool = True
    queue_id: int = 0
    archived: datetime | None = None
    odd: dict[str, Any] = field(default_factory=dict)

    def visible_artifacts(self) -> list[str]:
        """Return the paths that are archived so far, in order."""
        return list(self.artifacts)[: self.artifacts_visible]


@dataclass(slots=True)
class SimJob:
    """Hold one job or folder under its full name, in Jenkins' form (``multi/tickets%2FDM-1``).

    `permalinks` are frozen answers (``{"lastCompletedBuild": 3}``) that stay whatever happens.
    `parameters` maps a parameter's name to its default value. `actions` are extra entries of
    Jenkins' `actions`.
    """

    name: str
    kind: Kind = "freestyle"
    builds: dict[int, SimBuild] = field(default_factory=dict)
    next_number: int = 1
    permalinks: dict[str, int | None] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    description: str | None = ""
    disabled: bool = False
    concurrent: bool = False
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class SimUser:
    """Hold a user: `permissions` are names such as ``Overall/Read``, ``Job/Read``, ``Run/Update``.

    ``Overall/Administer`` implies every other.
    """

    name: str
    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    permissions: frozenset[str] = frozenset({"Overall/Read", "Job/Read"})


@dataclass(slots=True)
class Fault:
    """Order a fault for the next `times` requests whose path with query matches `pattern`.

    `kind`: ``status`` answers `status` with a proxy's HTML page and `headers`, ``html`` answers
    200 with a sign-in page, ``reset`` cuts the connection at once and ``cut`` in the middle of
    the body, ``truncate`` ends it there politely, ``slow`` waits `seconds` before the true
    answer, ``call`` calls `call` before it, which may delete what is asked for. `chunked` halves
    come without Content-Length.
    """

    pattern: str
    kind: Literal["status", "html", "reset", "cut", "truncate", "slow", "call"] = "status"
    times: int = 1
    status: int = 503
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    call: Callable[[], object] | None = None
    chunked: bool = False


@dataclass(slots=True)
class QueueItem:
    """Hold one asked-for build; `since` is UTC, `number` is set once the build has started.

    `state`: a ``left`` item without `number` has just left the queue: its build is not known yet.
    """

    id: int
    job: str
    user: str
    since: datetime
    parameters: dict[str, Any] = field(default_factory=dict)
    state: Literal["waiting", "blocked", "buildable", "left", "cancelled"] = "waiting"
    number: int | None = None
