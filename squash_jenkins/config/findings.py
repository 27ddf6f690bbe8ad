"""Settings of findings: which changes are reported, and the rules of metrics by glob."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from squash_jenkins.config.server import MOST
from squash_jenkins.models.metric_rules import SmallestChange, read_smallest

_Value = TypeVar("_Value")


class FindingsSettings(BaseModel):
    """Keys of ``[findings]``: which changes are reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alarms: float = Field(default=0.001, gt=0, le=0.1)
    """About how many false steps a series of pure noise may give; fewer also detect less."""
    smallest: float | str | dict[str, float | str] = 0.0
    """Smaller steps and drifts are ignored: a number of percent of the previous level, a text such
    as ``2 %``, ``5 ms`` or ``3 units`` (in the unit of the metric), or a table of these by glob on
    metrics, of which the first that matches counts."""
    direction: dict[str, Literal["higher", "lower", "none"]] = Field(default_factory=dict)
    """Which values are better, by glob on metrics; the first that matches counts. With ``none`` a
    step or drift is neither better nor worse."""
    noise: Literal["neutral", "worse"] = "neutral"
    """What it means that a series becomes noisier, or begins to alternate between levels:
    neutral, or worse; then people are notified, and ``--fail-on regression`` fails."""
    ignore: tuple[str, ...] = ()
    """Globs on metrics (``package.name``) that are not examined."""
    recent: int = Field(default=10, ge=3, le=MOST)
    """A finding that began among this many newest builds is news: people are notified, and
    ``--fail-on regression`` fails."""
    tickets: str = ""
    """The address of a ticket such as ``DM-123``, with ``{ticket}`` in the place of the key:
    ``https://jira.example.org/browse/{ticket}``; pages link tickets to it."""

    @field_validator("tickets")
    @classmethod
    def _check_tickets(cls, value: str) -> str:
        if value and (not re.match("https?://", value) or value.count("{ticket}") != 1):
            raise ValueError(
                "the address of a ticket begins with http:// or https:// and has {ticket} once"
            )
        return value

    def ticket_url(self, ticket: str) -> str:
        """Return the address of a ticket; empty where there is none."""
        if re.match("https?://", ticket):
            return ticket
        return self.tickets.replace("{ticket}", ticket)

    @field_validator("smallest")
    @classmethod
    def _check_smallest(cls, value: Any) -> Any:
        for glob, each in (value if isinstance(value, dict) else {"*": value}).items():
            _check_glob(glob)
            read_smallest(each)
        return value

    @field_validator("direction", "ignore")
    @classmethod
    def _check_globs(cls, value: Any) -> Any:
        for glob in value:
            _check_glob(glob)
        return value

    def smallest_of(self, metric: str) -> SmallestChange | None:
        """Return the smallest change of a metric that is a finding; None where nothing says it."""
        if isinstance(self.smallest, dict):
            given = _first_match(metric, self.smallest)
        else:
            given = self.smallest or None
        return None if given is None else read_smallest(given)

    def direction_of(self, metric: str) -> str | None:
        """Return which values of a metric are better; None where nothing says it."""
        return _first_match(metric, self.direction)

    def ignores(self, metric: str) -> bool | None:
        """Return True for a metric that is not examined; None where nothing says it."""
        return any(fnmatchcase(metric, glob) for glob in self.ignore) or None


def _first_match(metric: str, by_glob: Mapping[str, _Value]) -> _Value | None:
    return next((each for glob, each in by_glob.items() if fnmatchcase(metric, glob)), None)


def _check_glob(glob: str) -> None:
    """Refuse a glob that matches no metric at all."""
    if not glob.strip() or glob != glob.strip() or "[" in re.sub(r"\[!?\]?[^]]*\]", "", glob):
        raise ValueError(
            f"{glob[:80]!r} is not a glob on metrics such as 'shop.*': it is empty, begins or ends "
            "with a blank, or has a [ without ]"
        )
