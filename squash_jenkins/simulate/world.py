"""Hold the state of a simulated Jenkins and change it as Jenkins would.

A test or the demo changes a `World` from any thread while
`squash_jenkins.simulate.server.SimulatedJenkins` answers from it. Facts are those of real ones of
two versions: a number is never reused, a frozen permalink stays wrong, a restart forgets crumbs.
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from squash_jenkins.simulate.edition import EDITIONS, OLD
from squash_jenkins.simulate.state import (
    STARTED_BY_USER,
    Content,
    Fault,
    Kind,
    Loss,
    Phase,
    QueueItem,
    SimBuild,
    SimChange,
    SimJob,
    SimUser,
)
from squash_jenkins.simulate.traffic import Asked, Traffic

__all__ = [
    "Content",
    "Fault",
    "Kind",
    "Phase",
    "QueueItem",
    "SimBuild",
    "SimChange",
    "SimJob",
    "SimUser",
    "World",
]


class World:
    """Hold everything that the simulated Jenkins knows; take `lock` for compound changes.

    Attributes
    ----------
    root_url
        The configured root URL with its final slash; None is unset: then URLs in JSON follow
        the request's Host, and builds get no BUILD_URL.
    anonymous
        The permissions of a visitor who did not sign in; empty is a closed server.
    latency, connect_latency
        Seconds added to each request and to each new connection.
    markup
        How pages show descriptions: ``plain`` escapes all, ``html`` keeps ``<b>`` and ``<a>``.
    user_content
        The folder that is shown at ``/userContent/``; None is an empty one.
    prefix
        The path below which Jenkins is served, such as ``/jenkins``.
    edition
        The version of Jenkins that is simulated, one of `EDITIONS`.
    traffic
        What was asked, and the most requests that were under way at once.
    """

    def __init__(
        self,
        *,
        root_url: str | None = None,
        anonymous_read: bool = True,
        version: str = OLD.version,
    ) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, SimJob] = {}
        self.users: dict[str, SimUser] = {}
        self.faults: list[Fault] = []
        self.root_url = root_url
        self.anonymous = frozenset({"Overall/Read", "Job/Read"} if anonymous_read else ())
        self.edition = EDITIONS[version]
        self.latency = 0.0
        self.connect_latency = 0.0
        self.markup: Literal["plain", "html"] = "plain"
        self.user_content: Path | None = None
        self.quieting_down = False
        self.session = secrets.token_hex(4)
        self.sessions: set[str] = set()
        self.prefix = ""
        self.traffic = Traffic()
        self.queue: dict[int, QueueItem] = {}
        self._queue_id = 0
        self._down_until = 0.0
        self._starting_until = 0.0

    @property
    def requests(self) -> deque[Asked]:
        """Return the newest requests as (method, path with query) with headers, oldest first."""
        return self.traffic.newest

    @property
    def busiest(self) -> int:
        """Return the highest number of requests that were under way at once."""
        return self.traffic.busiest

    def add_user(
        self, name: str, *, token: str = "", password: str = "", permissions: Iterable[str] = ()
    ) -> SimUser:
        """Add a user; without `permissions` one who may read jobs."""
        user = SimUser(name, token, password)
        if permissions:
            user = replace(user, permissions=frozenset(permissions))
        self.users[name] = user
        return user

    def add_job(self, name: str, kind: Kind = "freestyle", **fields: Any) -> SimJob:
        """Add a job or folder by full name, with its missing parent folders; return it."""
        with self.lock:
            parent = name.rpartition("/")[0]
            if parent and parent not in self.jobs:
                self.add_job(parent, "matrix" if kind == "configuration" else "folder")
            job = SimJob(name, kind, **fields)
            self.jobs[name] = job
            return job

    def add_build(self, job: str, build: SimBuild | None = None, **fields: Any) -> SimBuild:
        """Add a finished build (or `build` as it is); `number` and `started` have defaults."""
        with self.lock:
            owner = self.jobs[job]
            if build is None:
                fields.setdefault("number", owner.next_number)
                fields.setdefault("started", datetime.now(UTC))
                build = SimBuild(**fields)
            build.queue_id = build.queue_id or self.next_queue_id()
            owner.builds[build.number] = build
            owner.next_number = max(owner.next_number, build.number + 1)
            return build

    def start_build(self, job: str, **fields: Any) -> SimBuild:
        """Add a running build: no result, no duration, artifacts not visible yet.

        Its files bear the time of its start, and keep it when the build ends.
        """
        started = fields.get("started") or datetime.now(UTC)
        running = {"building": True, "result": None, "artifacts_visible": 0, "finalized": False}
        times = {"started": started, "archived": started, "duration": 0.0}
        return self.add_build(job, **{**running, **times, **fields})

    def post_build_step(self, job: str, number: int, result: str, visible: int = 0) -> None:
        """Bring a running build into its post-build steps: provisional result, some artifacts."""
        with self.lock:
            build = self.jobs[job].builds[number]
            build.result, build.artifacts_visible = result, visible

    def finish_build(
        self, job: str, number: int, result: str | None = None, *, finalize: bool = True
    ) -> SimBuild:
        """End a running build; its result is `result`, else what it shows already, else SUCCESS.

        Without `finalize` the permalinks stay where they are until `finalize_build`.
        """
        with self.lock:
            build = self.jobs[job].builds[number]
            build.result = result or build.result or "SUCCESS"
            build.building, build.artifacts_visible = False, None
            if build.duration == 0:
                build.duration = max(0.001, (datetime.now(UTC) - build.started).total_seconds())
            build.finalized = finalize
            return build

    def finalize_build(self, job: str, number: int) -> None:
        """Move the permalinks on to a finished build."""
        with self.lock:
            self.jobs[job].builds[number].finalized = True

    def delete_build(self, job: str, number: int) -> None:
        """Delete a build; its number is not used again."""
        with self.lock:
            del self.jobs[job].builds[number]

    def recreate_job(self, job: str) -> SimJob:
        """Delete a job with its builds and create it again: numbers restart at 1."""
        with self.lock:
            old = self.jobs[job]
            self.jobs[job] = replace(old, builds={}, next_number=1, permalinks={})
            return self.jobs[job]

    def rename_job(self, old: str, new: str) -> SimJob:
        """Rename a job (not a folder): its old name is gone, without a redirect."""
        with self.lock:
            job = self.jobs.pop(old)
            job.name = new
            self.jobs[new] = job
            return job

    def rotate(self, job: str, *, keep_artifacts: int, keep_builds: int | None = None) -> None:
        """Drop the artifacts of all but the newest builds, and whole builds past `keep_builds`."""
        with self.lock:
            builds = self.jobs[job].builds
            newest = sorted(builds, reverse=True)
            for number in newest[keep_artifacts:]:
                builds[number].artifacts = {}
            for number in newest[keep_builds:] if keep_builds is not None else []:
                del builds[number]

    def freeze_permalinks(self, job: str, links: Mapping[str, int | None]) -> None:
        """Let permalinks stay at these numbers whatever happens, as after a crash."""
        with self.lock:
            self.jobs[job].permalinks = dict(links)

    def order_fault(self, pattern: str, **fields: Any) -> Fault:
        """Order a `Fault`; return it, so that a test can see how many times are left."""
        fault = Fault(pattern, **fields)
        with self.lock:
            self.faults.append(fault)
        return fault

    def start_queued(self, item: int) -> SimBuild:
        """Let a queued build start; the item has left the queue then."""
        with self.lock:
            queued = self.queue[item]
            cause = {
                **STARTED_BY_USER,
                "shortDescription": f"Started by user {queued.user}",
                "userId": queued.user,
                "userName": queued.user,
            }
            build = self.start_build(
                queued.job, parameters=queued.parameters, causes=[cause], queue_id=item
            )
            queued.state, queued.number = "left", build.number
            return build

    def write_console(self, job: str, number: int, text: str) -> None:
        """Append `text` to the console output of a build."""
        with self.lock:
            self.jobs[job].builds[number].console += text

    def next_queue_id(self) -> int:
        """Return a fresh queue number."""
        with self.lock:
            self._queue_id += 1
            return self._queue_id

    def restart(
        self,
        *,
        refused: float = 0.2,
        starting: float = 0.2,
        running: Loss = "vanish",
    ) -> None:
        """Restart: connections are refused, then 503 pages come, then all is well again.

        Running Pipeline builds go on. Other running builds vanish, or end as FAILURE without
        artifacts, with their real duration (``fail``) or with duration 0 (``fail_unsaved``).
        Crumbs, cookies and the queue are lost.

        Parameters
        ----------
        refused, starting
            Lengths of the two phases in seconds.
        running
            What becomes of running builds.
        """
        with self.lock:
            self.sessions.clear()
            self.queue.clear()
            self.session = secrets.token_hex(4)
            for job in self.jobs.values():
                if job.kind != "pipeline":
                    _interrupt(job, running)
            self._down_until = time.monotonic() + refused
            self._starting_until = self._down_until + starting

    def phase(self) -> Phase:
        """Return whether the server is up, refuses connections, or is starting."""
        now = time.monotonic()
        if now < self._down_until:
            return "down"
        return "starting" if now < self._starting_until else "up"


def _interrupt(job: SimJob, running: Loss) -> None:
    """End the running builds of `job` as a killed Jenkins leaves them."""
    for build in [each for each in job.builds.values() if each.building]:
        if running == "vanish":
            del job.builds[build.number]
            continue
        lasted = (datetime.now(UTC) - build.started).total_seconds()
        build.duration = lasted if running == "fail" else 0.0
        build.building, build.result, build.finalized = False, "FAILURE", True
        build.artifacts, build.artifacts_visible = {}, None
