"""Measure the noise of series for pages, as the detection of findings does."""

from collections.abc import Mapping, Sequence

from squash_jenkins.models import SeriesInUnit
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.block_arrays import BLOCK

_FEWEST = 8
"""Measured builds that it takes to know the noise."""


def windows_by_block(builds: Sequence[BuildLine]) -> dict[int, Sequence[BuildLine]]:
    """Return by block the builds that a finding in its last build is detected among.

    They end with that build, so that later builds leave the noise of a block as it is.
    """
    from squash_jenkins.analysis.series.series import windows  # imports numpy

    ends = {build.number // BLOCK: build.position + 1 for build in builds}
    return {number: builds[windows(end)[-1].start : end] for number, end in ends.items()}


def changed_noise(site: Site, job: JobLine) -> set[int]:
    """Return the blocks whose noise is measured from other builds than in the last run."""
    name, states = f"noise/{job.key}", site.measured.blocks(job)
    known = site.memory.noted(name) or {}
    now = {
        str(number): content_key(window[0].key, [states[each] for each in _blocks(window)])
        for number, window in windows_by_block(site.builds(job)).items()
    }
    site.memory.note(name, now)
    return {int(number) for number, state in now.items() if known.get(number) != state}


def noise_by_series(site: Site, job: JobLine, number: int) -> Mapping[SeriesInUnit, float | None]:
    """Return the noise of each series of a block, in its unit; None where it is not known."""
    block = site.measured.block(job, number)
    if not block.noise:
        block.noise.update(_measured_noise(site, job, number))
    return block.noise


def _measured_noise(site: Site, job: JobLine, number: int) -> Mapping[SeriesInUnit, float | None]:
    import numpy as np

    from squash_jenkins.analysis.change_points import noise
    from squash_jenkins.analysis.series.series import rounded

    window = windows_by_block(site.builds(job))[number]
    names = site.measured.block(job, number).measured.names
    values = np.full((len(names), len(window)), np.nan)
    for own in _blocks(window):
        block = site.measured.block(job, own)
        places = np.array([build.position - window[0].position for build in block.builds])
        inside = (places >= 0) & (places < len(window))
        for row, name in enumerate(names):
            raw = block.measured.values(name)
            if raw is not None:
                values[row, places[inside]] = raw[inside]
    found = (noise(row) for row in values)
    return {
        name: rounded(each.sigma, 2) if each.points >= _FEWEST else None
        for name, each in zip(names, found, strict=True)
    }


def _blocks(window: Sequence[BuildLine]) -> list[int]:
    return sorted({build.number // BLOCK for build in window})
