"""Find what lies near a range of builds without looking at everything."""

from typing import Generic, TypeVar

_WIDTH = 32
"""Builds that share a drawer."""
_Held = TypeVar("_Held")


class Ranges(Generic[_Held]):
    """Hold things by the range of builds (places) that each concerns; `all` in their order."""

    def __init__(self) -> None:
        self.all: list[_Held] = []
        self._drawers: dict[int, list[int]] = {}

    def add(self, first: int, last: int, held: _Held) -> None:
        """Take one that concerns the builds from `first` to `last`; it may shrink later."""
        for drawer in range(first // _WIDTH, last // _WIDTH + 1):
            self._drawers.setdefault(drawer, []).append(len(self.all))
        self.all.append(held)

    def near(self, first: int, last: int) -> list[_Held]:
        """Return all that may share a build with this range, and some more, in their order."""
        found: set[int] = set()
        for drawer in range(first // _WIDTH, last // _WIDTH + 1):
            found.update(self._drawers.get(drawer, ()))
        return [self.all[at] for at in sorted(found)]
