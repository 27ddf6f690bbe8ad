"""Ask for parts of a list, down to the one entry that cannot be had."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from squash_jenkins.errors import UnexpectedAnswer

_HOPELESS = 8
"""After so many entries in a row that cannot be had it is not they that are at fault."""
_Entry = TypeVar("_Entry")


@dataclass(slots=True)
class Halving(Generic[_Entry]):
    """Read a list in parts: a part that is answered with an error is asked for in halves.

    Parameters
    ----------
    ask
        Gives the entries from one position up to another.
    alone
        Gives what stands for the one entry at a position that cannot be had; may raise.
    wanted
        Tells whether anything is wanted between two positions; the others are not asked for.

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
            One after the other could not be had.

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
