"""Say which of the tables that came with builds pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

DRILLED = 12
"""Of so many newest builds of a job that have tables a static site keeps these."""


class Tables(Protocol):
    """Stand for the blob store: all that is asked of it is a table."""

    def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
        """Return columns of a blob as a pyarrow table."""


@dataclass(frozen=True, slots=True)
class ShownTables:
    """Hold the tables that pages show.

    Attributes
    ----------
    source
        Where they are read; None where they cannot be had.
    points
        Of a table with more rows pages are given a sample of so many.
    newest
        Of so many newest builds of a job that have tables these are shown; None for all builds.

    """

    source: Tables | None = None
    points: int = 20_000
    newest: int | None = DRILLED
