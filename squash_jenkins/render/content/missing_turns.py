"""Write why values are missing for scripts: each reason once, and from which build on it holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.measured import Block
from squash_jenkins.render.site.site import Site
from squash_jenkins.verification.blocks import SeriesBlock
from squash_jenkins.verification.missing import Missing


class Reasons:
    """Collect the reasons of a data file, of which the entries of series name the places."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places: dict[Missing, int] = {}

    @property
    def listed(self) -> list[list[str]]:
        """Return every reason as kind and text."""
        return [list(each) for each in self._places]

    def turns(
        self, series: SeriesId, parts: Sequence[tuple[Block, SeriesBlock | None]]
    ) -> list[list[int]]:
        """Return from which build on which reason holds, among the builds without a value.

        Builds without any report have a reason of their own: see `of_builds`.
        """
        found: list[list[int]] = []
        start = 0
        for block, part in parts:
            reasons = self._site.missing.of_block(block)
            for at in _without(block, part):
                build = block.builds[at].key
                if reasons.of_build(build) is None:
                    why = self._place(reasons.of(build, series))
                    if not found or found[-1][1] != why:
                        found.append([start + at, why])
            start += len(block.builds)
        return found

    def _place(self, reason: Missing) -> int:
        return self._places.setdefault(reason, len(self._places))


def of_builds(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    """Return why some of the builds have no report, by their places."""
    reasons = {str(at): site.missing.of_build(build) for at, build in enumerate(builds)}
    return {at: list(reason) for at, reason in reasons.items() if reason is not None}


def _without(block: Block, part: SeriesBlock | None) -> list[int]:
    """Return the places of the builds that have no value."""
    import numpy as np

    if part is None:
        return list(range(len(block.builds)))
    found: list[int] = np.flatnonzero(np.isnan(part.values)).tolist()
    return found
