"""Count what is found, missed and falsely raised in thousands of series, beside others; time it.

Run with ``make bench``; prints tables, asserts nothing about time. Each series follows from its
seed. ``BENCH_SERIES`` sets how many of each kind (1000). Otava and asv run in an environment of
their own, made for the occasion; where that cannot be had they are left out.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import ruptures

from squash_jenkins.analysis.change_points import Tracker, detect
from squash_jenkins.analysis.changes import Settings

Floats = npt.NDArray[np.float64]
Find = Callable[[Floats], list[int]]

SERIES = int(os.environ.get("BENCH_SERIES", "1000"))
CLOSE = 5  # points by which a step may be misplaced and still count as found
LATE = 297  # of 300 points, where the late step is


class Told(NamedTuple):
    """A series and where its steps truly are."""

    values: Floats
    steps: list[int]


def white(rng: np.random.Generator, points: int = 300) -> Told:
    return Told(rng.normal(0, 1, points), [])


def outliers(rng: np.random.Generator, points: int = 300) -> Told:
    values = rng.normal(0, 1, points)
    hit = rng.random(points) < 0.01
    values[hit] += rng.choice([-1, 1], hit.sum()) * rng.uniform(5, 20, hit.sum())
    return Told(values, [])


def autoregressive(rng: np.random.Generator, points: int = 300, inherited: float = 0.5) -> Told:
    values = rng.normal(0, 1, points + 100)
    for each in range(1, len(values)):
        values[each] += inherited * values[each - 1]
    return Told(values[100:], [])


def late(rng: np.random.Generator) -> Told:
    values = rng.normal(0, 1, 300)
    values[LATE:] += 4 * rng.choice([-1, 1])
    return Told(values, [LATE])


def wandering(rng: np.random.Generator, points: int = 2000, proportional: bool = False) -> Told:
    """Return levels of 30 to 250 points, 5 to 20 % apart, 2 % noise (of 100, or of the level)."""
    level, levels, steps, place = 100.0, np.empty(points), [], 0
    while points - place >= 30:
        if place:
            share = rng.uniform(0.05, 0.2) * rng.choice([-1, 1])
            level *= 1 + (share if 60 < level * (1 + share) < 160 else -share)
            steps.append(place)
        levels[place:] = level
        place += int(rng.integers(30, 250))
    values = levels + rng.normal(0, 2, points) * (levels / 100 if proportional else 1)
    hit = rng.random(points) < 0.01
    values[hit] *= 1 + rng.choice([-1, 1], hit.sum()) * rng.uniform(0.2, 0.8, hit.sum())
    return Told(values, steps)


def proportional(rng: np.random.Generator) -> Told:
    return wandering(rng, proportional=True)


KINDS: dict[str, tuple[Callable[[np.random.Generator], Told], int]] = {
    "white": (white, SERIES),
    "outliers": (outliers, SERIES),
    "AR(1) 0.5": (autoregressive, SERIES),
    "late": (late, SERIES),
    "wandering": (wandering, SERIES // 20),
    "proportional": (proportional, SERIES // 20),
}


def made(kind: str) -> list[Told]:
    make, count = KINDS[kind]
    return [make(np.random.default_rng([list(KINDS).index(kind), seed])) for seed in range(count)]


def own(values: Floats, settings: Settings | None = None) -> list[int]:
    return [each.index for each in detect(values, settings or Settings()).steps]


def kernel(values: Floats) -> list[int]:
    search = ruptures.KernelCPD(kernel="linear", min_size=3).fit(values / _scale(values))
    return list(search.predict(pen=4 * math.log(len(values)))[:-1])


def _scale(values: Floats) -> float:
    return float(np.median(np.abs(np.diff(values))) / 0.6745 / math.sqrt(2))


def matches(told: Told, found: Sequence[int]) -> tuple[int, int, int]:
    """Return how many steps are found, falsely raised and missed; each counts once."""
    left, hits = list(told.steps), 0
    for place in found:
        near = [each for each in left if abs(each - place) <= CLOSE]
        if near:
            left.remove(min(near, key=lambda each: abs(each - place)))
            hits += 1
    return hits, len(found) - hits, len(left)


def figures(series: dict[str, list[Told]], found: dict[str, list[list[int]]]) -> list[str]:
    """Return false alarms per null series, recall of the late step, and F1."""
    cells = []
    for kind in ("white", "outliers", "AR(1) 0.5"):
        cells.append(f"{np.mean([len(each) for each in found[kind]]):.4f}")
    seen = [any(abs(each - LATE) <= 3 for each in one) for one in found["late"]]
    cells.append(f"{np.mean(seen):.3f}")
    for kind in ("wandering", "proportional"):
        counts = [matches(*each) for each in zip(series[kind], found[kind], strict=True)]
        hits, false, missed = np.sum(counts, axis=0)
        cells.append(f"{2 * hits / (2 * hits + false + missed):.4f}")
    return cells


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


HEAD = ["alarms: white", "1% outliers", "AR(1) φ=0.5", "late 4σ seen", "F1 wandering", "F1 prop."]


@pytest.fixture(scope="session")
def series() -> dict[str, list[Told]]:
    return {kind: made(kind) for kind in KINDS}


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Floats]], dict[str, Any]]:
    """Return what runs Otava and asv; it returns nothing where they cannot be installed."""
    folder = tmp_path_factory.mktemp("peers")
    uv, python = Path(sys.executable).with_name("uv"), folder / "venv/bin/python"
    commands: list[list[str | Path]] = [
        [uv, "venv", "-q", "-p", sys.executable, folder / "venv"],
        [uv, "pip", "install", "-q", "-p", python, "apache-otava", "asv"],
    ]
    ready = all(subprocess.run(each, check=False).returncode == 0 for each in commands)

    def run(all_values: list[Floats]) -> dict[str, Any]:
        if not ready:
            return {}
        file = folder / "series.npz"
        np.savez(file, **{str(each): values for each, values in enumerate(all_values)})
        script = Path(__file__).with_name("change_point_peers.py")
        done = subprocess.run([python, script, file], check=True, capture_output=True, text=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def test_accuracy(
    series: dict[str, list[Told]], peers: Callable[[list[Floats]], dict[str, Any]]
) -> None:
    ways: dict[str, Find] = {"squash_jenkins": own, "ruptures KernelCPD 4 ln n": kernel}
    found = {
        name: {kind: [find(each.values) for each in series[kind]] for kind in KINDS}
        for name, find in ways.items()
    }
    for kind in KINDS:
        for name, answer in peers([each.values for each in series[kind]]).items():
            found.setdefault(name, {})[kind] = answer["found"]
    table(["", *HEAD], [[name, *figures(series, each)] for name, each in found.items()])


def test_curve(series: dict[str, list[Told]]) -> None:
    rows = []
    for alarms in (0.1, 0.02, 0.005, 0.001, 0.0002):
        settings = Settings(alarms=alarms)
        found = {kind: [own(each.values, settings) for each in series[kind]] for kind in KINDS}
        rows.append([f"{alarms:g}", *figures(series, found)])
    table(["Settings.alarms", *HEAD], rows)


def test_lateness() -> None:
    rows = []
    for size in (2, 3, 4, 5):
        seen = []
        for after in (2, 3, 4, 5, 8, 12):
            count = 0
            for seed in range(SERIES // 4):
                values = np.random.default_rng([99, seed]).normal(0, 1, 300)
                values[300 - after :] += size
                count += any(each >= 295 - after for each in own(values))
            seen.append(f"{count / (SERIES // 4):.3f}")
        rows.append([f"{size}σ", *seen])
    table(["step", *(f"after {each}" for each in (2, 3, 4, 5, 8, 12))], rows)


def test_alarms_while_a_series_grows() -> None:
    rows = []
    for kind in ("white", "outliers", "AR(1) 0.5"):
        raised = 0
        for told in made(kind)[: SERIES // 10]:
            tracker = Tracker(told.values[:20])
            raised += any([bool(tracker.append(each).steps) for each in told.values[20:]])
        rows.append([kind, f"{raised / (SERIES // 10):.3f}"])
    table(["noise", "series that ever raise an alarm in 280 builds"], rows)


def test_drifts() -> None:
    rows = []
    for name, width in (("step", 1), ("over 10", 10), ("over 40", 40), ("over 100", 100)):
        for rise in (2.0, 4.0, 8.0):
            counts = np.zeros(2)
            for seed in range(SERIES // 4):
                rng = np.random.default_rng([98, seed])
                begin = int(rng.integers(50, 150))
                share = np.clip((np.arange(300) - begin + 1) / width, 0, 1)
                found = detect(rng.normal(0, 1, 300) + rise * share)
                counts += len(found.steps), len(found.drifts)
            steps, drifts = counts / (SERIES // 4)
            rows.append([name, f"{rise:g}σ", f"{steps:.3f}", f"{drifts:.3f}"])
    table(["true change", "size", "steps told", "drifts told"], rows)


def milliseconds(run: Callable[[], Any], times: int = 7) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


def test_speed(peers: Callable[[list[Floats]], dict[str, Any]]) -> None:
    rows = []
    for points in (300, 2000, 20_000):
        told = wandering(np.random.default_rng(1), points)
        ours, theirs = milliseconds(lambda v=told.values: detect(v)), 0.0
        theirs = milliseconds(lambda v=told.values: kernel(v))
        answers = {
            name: f"{1000 * each['seconds']:.1f}" for name, each in peers([told.values]).items()
        }
        append = np.percentile(appended(told.values), [50, 99]).tolist()
        cells = [f"{ours:.2f}", f"{theirs:.2f}", answers.get("Otava", "–"), answers.get("asv", "–")]
        times = [f"{append[0]:.2f}", f"{append[1]:.2f}"]
        rows.append([f"{points}, {len(told.steps)} steps", *cells, *times])
    head = ["points", "ms", "ruptures", "Otava", "asv", "append: median ms", "99th"]
    table(head, rows)


def appended(values: Floats) -> list[float]:
    """Return how many milliseconds each of the last points takes to append."""
    begin = len(values) - min(len(values) // 2, 1000)
    tracker, taken = Tracker(values[:begin]), []
    assert tracker.changes.measured == begin
    for value in values[begin:]:
        start = time.perf_counter()
        tracker.append(float(value))
        taken.append(1000 * (time.perf_counter() - start))
    return taken
