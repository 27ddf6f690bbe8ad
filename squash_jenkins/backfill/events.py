"""What happens during a backfill: the events that listing and reading hand to the main thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from squash_jenkins.errors import BuildMissing, JenkinsError, SquashError, Unreachable
from squash_jenkins.models import BuildId, BuildRecord


@dataclass(frozen=True, slots=True)
class JobListed:
    """A listed job: the numbers of builds wanted, stored already, and still running."""

    job: str
    wanted: int
    already: int
    running: int


@dataclass(frozen=True, slots=True)
class JobRefused:
    """A job that cannot be listed; `last` when nothing else can be requested either."""

    error: JenkinsError
    last: bool = False


@dataclass(frozen=True, slots=True)
class BuildSkipped:
    """A listed build whose result, which only its metadata tells, is not among those selected."""

    job: str


@dataclass(frozen=True, slots=True)
class BuildUnreadable:
    """A build that Jenkins lists but cannot show."""

    id: BuildId
    error: JenkinsError


@dataclass(frozen=True, slots=True)
class BuildVanished:
    """A build that Jenkins listed and then no longer had."""

    job: str
    number: int


@dataclass(frozen=True, slots=True)
class AllQueued:
    """The end of the backlog: the number of families that were queued for the workers."""

    families: int


@dataclass(frozen=True, slots=True)
class FamilyRead:
    """A family that was read, or the reason why not; `id` is that of its first build."""

    id: BuildId
    records: Sequence[BuildRecord] = ()
    error: SquashError | None = None

    @property
    def gone(self) -> bool:
        """Return whether the build vanished after it was listed."""
        return isinstance(self.error, BuildMissing)

    @property
    def unreachable(self) -> bool:
        """Return whether Jenkins did not answer."""
        return isinstance(self.error, Unreachable)


@dataclass(frozen=True, slots=True)
class FamiliesReturned:
    """The number of families that came back unread because the pool was halted."""

    families: int


BacklogEvent = JobListed | JobRefused | BuildSkipped | BuildUnreadable | BuildVanished
"""What the backlog reports while it lists builds."""
Event = BacklogEvent | AllQueued | FamilyRead | FamiliesReturned
"""Everything that comes out of the queue of results."""
