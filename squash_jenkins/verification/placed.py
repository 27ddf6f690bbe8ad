"""Hold one measurement of a build with its verdicts and its previous value."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from squash_jenkins.analysis.specifications.units import same_unit
from squash_jenkins.text.names import short_name
from squash_jenkins.verification.measurements import Verified


class Earlier(NamedTuple):
    """Hold the latest value of a series before a build, and the number of its build."""

    value: float
    unit: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold one measurement with its verdicts and the report it is from.

    `shown` is the shortest name of the metric that no other one of the build has. `before` is the
    previous value of what was measured; None for none among the builds before.
    """

    verified: Verified
    path: str
    before: Earlier | None = None
    shown: str = ""

    @property
    def name(self) -> str:
        """Return metric and level, such as ``AF1 design``."""
        name = self.shown or short_name(self.verified.metric)
        return f"{name} {self.verified.level}" if self.verified.level else name

    @property
    def place(self) -> str:
        """Return dataset and filter, empty where none is named."""
        return " · ".join(part for part in (self.verified.dataset, self.verified.filter) if part)

    @property
    def moved(self) -> float | None:
        """Return the change since the previous value as a fraction of it, None for none."""
        value, before = self.verified.value, self.before
        if value is None or before is None or not before.value:
            return None
        if not same_unit(self.verified.unit, before.unit):
            return None
        change = (value - before.value) / abs(before.value)
        return change if math.isfinite(change) else None
