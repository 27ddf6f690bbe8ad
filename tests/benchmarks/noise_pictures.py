"""Draw each noise and what is reported of it, for ``docs/detection.md``.

Run ``python -m tests.benchmarks.noise_pictures`` in the root of the repository: it writes SVG files
to ``docs/noise/``, the same from run to run.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Changes
from squash_jenkins.analysis.series.levels import smooth
from tests.analysis.noise_kinds import AT, KINDS, POINTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "noise"
SEED = 20261201
WIDTH, HEIGHT, EDGE = 600, 120, 8
PICTURES = {
    "white": "white",
    "two-machines": "two machines, 30% of builds +40%",
    "same-machine": "the same machine again",
    "three-machines": "three machines",
    "second-mode": "second mode from 200",
    "noisy-first": "noisy first 60",
    "noisy-between": "noisy in between",
    "growing": "growing noise",
    "constant-then-noisy": "constant, then noisy",
    "heavy-tails": "Student t, 2",
    "weekly-wave": "weekly wave",
    "autocorrelated": "AR(1) 0.8",
}
"""Kinds of noise by the names of their pictures."""
STYLE = (
    ".v{stroke:#5b7fa6;stroke-width:2.8;stroke-linecap:round}"
    ".s{stroke:#c0392b}.n{stroke:#b8860b;stroke-dasharray:4 3}"
    ".l{fill:none;stroke:#c0392b;stroke-width:1.5}"
    "text{font:11px sans-serif;fill:#888}"
)


class Drawn(NamedTuple):
    """Hold a series and what was detected in it."""

    values: npt.NDArray[np.float64]
    found: Changes


def drawn(kind: str) -> Drawn:
    """Return a series with the noise of a kind; with a step at `AT` where the kind has one."""
    noise = KINDS[kind]
    values = 100 * noise.make(np.random.default_rng(SEED), POINTS)
    values[AT:] *= noise.factor or 1
    return Drawn(values, detect(values))


def picture(series: Drawn) -> str:
    """Return an SVG: the values, the level, steps as lines, and changes of the noise dashed."""
    values, found = series
    low, span = float(np.nanmin(values)), float(np.ptp(values[np.isfinite(values)])) or 1.0

    def x(place: float) -> str:
        return f"{EDGE + place * (WIDTH - 2 * EDGE) / (len(values) - 1):.1f}"

    def y(value: float) -> str:
        return f"{HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE - 12):.1f}"

    points = "".join(
        f"M{x(at)} {y(value)}h.01" for at, value in enumerate(values.tolist()) if np.isfinite(value)
    )
    heights = smooth(values, found).tolist()
    edges = [0, *(at for at in range(1, len(heights)) if heights[at] != heights[at - 1])]
    ends = [*(at - 1 for at in edges[1:]), len(heights) - 1]
    level = " ".join(
        f"{x(at)},{y(heights[at])}" for pair in zip(edges, ends, strict=True) for at in pair
    )
    marks = [("s", each.index, "step") for each in found.steps]
    marks += [("s", each.first, "drift") for each in found.drifts]
    marks += [("n", each.index, "noise") for each in found.noise_changes]
    lines = "".join(
        f'<path class="{name}" d="M{x(at - 0.5)} 12V{HEIGHT}"/><text x="{x(at + 1)}" y="10">'
        f"{word} at {at}</text>"
        for name, at, word in marks
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}">'
        f'<style>{STYLE}</style><path class="v" d="{points}"/>'
        f'<polyline class="l" points="{level}"/>{lines}</svg>\n'
    )


def write(folder: Path = FOLDER) -> None:
    """Write all pictures."""
    folder.mkdir(exist_ok=True)
    for name, kind in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(drawn(kind)), encoding="utf-8")


if __name__ == "__main__":
    write()
