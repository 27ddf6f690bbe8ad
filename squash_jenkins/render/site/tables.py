"""Define which tables of builds pages show."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from squash_jenkins.store import Reader

DRILLED = 12
"""A static site keeps the tables of so many newest builds of a job that have any."""


class Tables(Protocol):
    """Stand for the blob store, of which only tables are needed."""

    def table(self, digest: str, columns: Sequence[str] | None = None) -> Any:
        """Return columns of a blob as a pyarrow table."""


class SiteStore(Protocol):
    """The part of the store that a site is made from."""

    @property
    def blobs(self) -> Tables:
        """The tables."""

    def reader(self) -> AbstractContextManager[Reader]:
        """Open a reader of one moment."""


@dataclass(frozen=True, slots=True)
class ShownTables:
    """Hold the tables that pages show.

    Attributes
    ----------
    source
        Where they are read; None where they are not available.
    points
        Pages get a sample of so many rows of a larger table.
    newest
        So many newest builds of a job with tables are shown; None for all builds.

    """

    source: Tables | None = None
    points: int = 20_000
    newest: int | None = DRILLED
