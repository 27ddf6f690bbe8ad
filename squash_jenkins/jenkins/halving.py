"""Request parts of a list, down to the single entry that cannot be served."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from squash_jenkins.errors import UnexpectedAnswer

_HOPELESS = 8
"""Failed entries in a row after which the entries are not at fault."""
_Entry = TypeVar("_Entry")


@dataclass(slots=True)
class Halving(Generic[_Entry]):
    """A list that is read in parts: a part answered with an error is requested in halves.

    Parameters
    ----------
    ask
        Returns the entries from one position up to another.
    alone
        Returns a substitute for the entry at a position that cannot be served; may raise.
    wanted
        Returns whether anything between two positions is wanted; the rest is not requested.

    """

    ask: Callable[[int, int], Sequence[_Entry]]
    alone: Callable[[int, UnexpectedAnswer], Sequence[_Entry]]
    wanted: Callable[[int, int], bool] = lambda start, end: True
    _failed: int = field(default=0)

    def read(self, start: int, end: int) -> Iterator[_Entry]:
        """Yield the entries at the positions `start` to `end` - 1.

        Raises
        ------
        UnexpectedAnswer
            Too many entries in a row cannot be served.

        """
        if not self.wanted(start, end):
            return
        try:
            found = self.ask(start, end)
            self._failed = 0
        except UnexpectedAnswer as error:
            if end - start > 1:
                middle = (start + end) // 2
                yield from self.read(start, middle)
                yield from self.read(middle, end)
                return
            self._failed += 1
            if self._failed >= _HOPELESS:
                raise
            found = self.alone(start, error)
        yield from found
