"""The tables that can be explored, and their columns."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from cachetools import LRUCache

from squash_jenkins.errors import NotFound, StoreError
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.links import Links
from squash_jenkins.render.pooled.pools import BUILD, Part, Pooling, poolings
from squash_jenkins.render.site.site import Site
from squash_jenkins.server.explore.choice import Choice
from squash_jenkins.store import Store

Kind = Literal["number", "word"]
_LOOKED_AT = 5
"""Newest tables tried to learn the columns."""
_KNOWN = 2000
"""Tables whose columns are remembered."""


@dataclass(frozen=True)
class Offer:
    """A table pooled from many builds, and its columns."""

    pooling: Pooling
    kinds: Mapping[str, Kind]
    pages: Mapping[int, str]
    """The pages of the builds by their numbers."""

    @property
    def parts(self) -> Sequence[Part]:
        """Return the tables of builds, oldest first."""
        return self.pooling.parts

    @cached_property
    def key(self) -> str:
        """Return a key that changes when a build is added or removed."""
        return content_key([(part.number, part.digest) for part in self.parts])

    def as_json(self) -> dict[str, Any]:
        """Return what a page offers, as JSON values."""
        pooling, about = self.pooling, self.pooling.blobs[-1][1].columns
        columns = [
            {
                "name": name,
                "kind": kind,
                "unit": str((about.get(name) or {}).get("unit") or ""),
                "label": str((about.get(name) or {}).get("label") or ""),
            }
            for name, kind in self.kinds.items()
        ]
        return {
            "job": pooling.job,
            "dataset": pooling.dataset,
            "filter": pooling.filter,
            "table": pooling.table,
            "rows": sum(part.rows for part in self.parts),
            "builds": len(self.parts),
            "columns": columns,
        }


class Offers:
    """Lists the tables of a store; may be shared by threads.

    Lists are cached until the store changes.
    """

    def __init__(self, store: Store, controllers: Sequence[str]) -> None:
        self._store = store
        self._first = next(iter(controllers), None)
        self._lock = threading.Lock()
        self._revision: int | None = None
        self._lists: dict[int, list[Offer]] = {}
        self._kinds: LRUCache[str, Mapping[str, Kind]] = LRUCache(_KNOWN)

    def all(self, builds: int) -> list[Offer]:
        """Return the tables with numbers, pooled from the newest `builds` builds of each job.

        Raises
        ------
        StoreError
            When the store cannot be read.

        """
        with self._lock, self._store.reader() as reader:
            revision = reader.revisions.newest()
            if revision != self._revision:
                self._revision, self._lists = revision, {}
            if builds not in self._lists:
                site = Site(reader, Links(self._first), None, {})
                found = (
                    self._offer(each, {build.number: build.page for build in site.builds(job)})
                    for job in site.jobs
                    for each in poolings(reader, site.title_of(job), site.builds(job)[-builds:])
                )
                self._lists[builds] = [offer for offer in found if offer is not None]
            return self._lists[builds]

    def of(self, choice: Choice) -> Offer:
        """Return the table of a choice.

        Raises
        ------
        NotFound
            When the table or a column does not exist.

        """
        wanted = (choice.job, choice.dataset, choice.filter, choice.table)
        for offer in self.all(choice.builds):
            of = offer.pooling
            if (of.job, of.dataset, of.filter, of.table) == wanted:
                _check(offer, choice)
                return offer
        raise NotFound(
            f"There is no table {choice.table!r} of {choice.job!r} among the newest "
            f"{choice.builds} builds: choose another one."
        )

    def _offer(self, pooling: Pooling, pages: Mapping[int, str]) -> Offer | None:
        for _, blob in pooling.blobs[: -_LOOKED_AT - 1 : -1]:
            try:
                kinds = self._kinds_of(str(blob.digest))
            except StoreError:  # reported when it is drawn
                continue
            if "number" in kinds.values():
                return Offer(pooling, {BUILD: "number", **kinds}, pages)
        return None

    def _kinds_of(self, digest: str) -> Mapping[str, Kind]:
        if digest not in self._kinds:
            schema = self._store.blobs.schema(digest)
            kinds = {field.name: kind_of(field) for field in schema}
            self._kinds[digest] = {name: kind for name, kind in kinds.items() if kind}
        return self._kinds[digest]


def _check(offer: Offer, choice: Choice) -> None:
    """Raise NotFound for columns that do not exist or cannot be drawn."""
    for name in choice.names:
        if name not in offer.kinds:
            known = ", ".join(offer.kinds)
            raise NotFound(f"{choice.table!r} has no column {name!r}; it has {known}.")
    for name in (choice.x, choice.y):
        if offer.kinds[name] != "number":
            raise NotFound(f"The column {name!r} holds words, but axes need numbers.")


def kind_of(field: Any) -> Kind | None:
    """Return the kind of a column in a pyarrow schema; None if it cannot be drawn."""
    types, notes = import_module("pyarrow.types"), field.metadata or {}
    if types.is_floating(field.type) or types.is_integer(field.type):
        return "number"
    words = types.is_string(field.type) and notes.get(b"encoding") != b"json"
    return "word" if words or types.is_boolean(field.type) else None
