"""Serve pooled tables, which are read on demand."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.render.encoding import as_script
from squash_jenkins.render.engine.pyramids import FOLDER
from squash_jenkins.render.pooled import pooled
from squash_jenkins.render.pooled.pools import Pool, choices, pools
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import Tables
from squash_jenkins.store import Reader

_FILE = re.compile(rf"{FOLDER}/([0-9a-f]+)/(?:pool\.js|(\d{{1,2}})/(\d{{1,6}})/(\d{{1,6}})\.png)")


class LivePools:
    """Hold the pools that pages know of; may be shared by threads.

    Parameters
    ----------
    tables
        The tables by digest.
    points
        Up to so many points all are sent, beyond that tiles.
    builds
        So many newest builds of each job.

    """

    def __init__(self, tables: Tables, *, points: int, builds: int) -> None:
        self._tables, self._points, self._builds = tables, points, builds
        self._pools: Mapping[str, Pool] = {}
        self._previous: Mapping[str, Pool] = {}

    def listing(self, reader: Reader) -> Callable[[Site], Mapping[str, Any]]:
        """Return what lists the pools of a site, for the page that shows them.

        `reader` is the one that the site was made with; it is only used when the list is made.
        """

        def listed(site: Site) -> Mapping[str, Any]:
            found = {pool.key: pool for pool in pools(site, reader, self._tables, self._builds)}
            self._previous, self._pools = self._pools, found
            entries = [self._entry(pool) for pool in found.values()]
            return {"pools": entries, "builds": self._builds, "prepared": None}

        return listed

    def lacks(self, path: str) -> bool:
        """Return whether a path may belong to a pool that is in no list made so far."""
        found = _FILE.fullmatch(path)
        return found is not None and self._pool(found[1]) is None

    def _pool(self, key: str) -> Pool | None:
        """Return a pool of the list made last, or of the one before: pages may show that still."""
        return self._pools.get(key) or self._previous.get(key)

    def get(self, path: str) -> bytes | None:
        """Return the description of a pool or one of its tiles; None for an unknown one."""
        found = _FILE.fullmatch(path)
        pool = self._pool(found[1]) if found else None
        if found is None or pool is None:
            return None
        if found[2] is None:
            made = datetime.now(UTC)
            about = pooled.answer(self._tables, pool, made=made, points=self._points)
            return as_script(path, about)
        try:
            z, x, y = (int(part) for part in found.groups()[1:])
            return pooled.tile(self._tables, pool, z, x, y)
        except ValueError:  # there is no such tile
            return None

    def _entry(self, pool: Pool) -> Mapping[str, Any]:
        return {
            **choices(pool),
            "points": pool.rows,
            "tiled": pool.rows > self._points,
            "whole": True,
        }
