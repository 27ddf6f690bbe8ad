"""The rules of a metric: which of its changes are findings, and whether these are for the worse."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HIGHER, LOWER, NEITHER = "higher", "lower", "none"
DIRECTIONS = (HIGHER, LOWER, NEITHER)
"""Which values of a metric are better."""
RULES = ("smallest", "direction", "ignore")
"""The keys of rules in files of definitions."""
BY_RULE, BY_OPERATOR, BY_SPECIFICATION, GUESSED = "rule", "operator", "specification", "guess"
"""What a direction follows from, in the order in which they count."""
PERCENT, OWN_UNIT = "%", "units"
_AMOUNT = re.compile(r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(\S.*?)?\s*", re.DOTALL)
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """The smallest step or drift that is a finding.

    `unit` is `PERCENT` (of the level before), `OWN_UNIT` (that of the series, whatever it is), or
    the name of a unit.
    """

    amount: float = 0.0
    unit: str = PERCENT

    def __str__(self) -> str:
        """Return it as people write it: ``2 %``, ``5 ms``."""
        return f"{self.amount:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Direction:
    """Which values of a metric are better.

    `better` is one of `DIRECTIONS`; None: not known. `source` says what it follows from: `BY_RULE`,
    `BY_OPERATOR`, `BY_SPECIFICATION` or `GUESSED`; empty where it is not known.
    """

    better: str | None = None
    source: str = ""

    @property
    def sign(self) -> int:
        """Return 1 where higher values are better, -1 for lower ones, else 0."""
        return {HIGHER: 1, LOWER: -1}.get(self.better or "", 0)

    @property
    def known(self) -> bool:
        """Return whether anything says which values are better, or that none are."""
        return self.better is not None


@dataclass(frozen=True, slots=True)
class MetricRules:
    """What a source says of the changes of a metric; None where it says nothing."""

    smallest: SmallestChange | None = None
    direction: str | None = None
    ignore: bool | None = None

    def over(self, other: "MetricRules") -> "MetricRules":
        """Return these rules, completed by those of a source that counts less."""
        return MetricRules(
            other.smallest if self.smallest is None else self.smallest,
            self.direction or other.direction,
            other.ignore if self.ignore is None else self.ignore,
        )


def read_smallest(value: object) -> SmallestChange:
    """Read the smallest change that is a finding: a number is percent, a text names the unit.

    Raises
    ------
    ValueError
        When it is neither, negative or not finite. The text says what is expected.

    """
    fault = ValueError(
        "expected a number of percent, or a text such as '2 %', '5 ms' or '3 units' "
        "(in the unit of the metric), not negative"
    )
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fault
    found = _AMOUNT.fullmatch(str(value)) if len(str(value)) <= _LONGEST else None
    if found is None:
        raise fault
    try:
        amount = float(found[1])
    except ValueError:
        raise fault from None
    unit = found[2] or PERCENT
    if not math.isfinite(amount) or not unit.isprintable():
        raise fault
    return SmallestChange(amount, unit)


def read_direction(value: object) -> str:
    """Read which values are better; raise ValueError for what is none of `DIRECTIONS`."""
    if value not in DIRECTIONS:
        raise ValueError(
            "expected 'higher' or 'lower' (which values are better), or 'none' for neither"
        )
    return str(value)


def read_rules(members: Mapping[str, Any]) -> MetricRules:
    """Read rules as they are stored and written in files; absent keys say nothing.

    Raises
    ------
    ValueError
        When a value is wrong.

    """
    smallest, direction = members.get("smallest"), members.get("direction")
    ignore = members.get("ignore")
    if ignore is not None and not isinstance(ignore, bool):
        raise ValueError("expected true or false")
    return MetricRules(
        None if smallest is None else read_smallest(smallest),
        None if direction is None else read_direction(direction),
        ignore,
    )


def plain_rules(rules: MetricRules) -> dict[str, Any]:
    """Return rules as plain values, without what they leave open."""
    smallest = None if rules.smallest is None else str(rules.smallest)
    members = {"smallest": smallest, "direction": rules.direction, "ignore": rules.ignore}
    return {key: value for key, value in members.items() if value is not None}
