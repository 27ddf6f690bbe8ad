"""Count what is found, missed and falsely raised in thousands of series, beside others; time it.

Run with ``make bench``; prints tables, asserts nothing about time. Each series follows from its
seed. ``BENCH_SERIES`` sets how many of each kind (1000). Otava and asv run in an environment of
their own, made for the occasion; where that cannot be had they are left out.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ruptures

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Settings
from squash_jenkins.analysis.change_points.noise import calm, estimate
from tests.analysis.noise_kinds import AT, POINTS
from tests.analysis.noise_kinds import KINDS as NOISE_KINDS
from tests.benchmarks.change_series import (
    KINDS,
    LATE,
    NULL,
    Floats,
    Told,
    made,
    table,
    wandering,
)

Find = Callable[[Floats], list[int]]

CLOSE = 5  # points by which a step may be misplaced and still count as found


def own(values: Floats, settings: Settings | None = None) -> list[int]:
    return [each.index for each in detect(values, settings or Settings()).steps]


def kernel(values: Floats) -> list[int]:
    search = ruptures.KernelCPD(kernel="linear", min_size=3).fit(values / _scale(values))
    return list(search.predict(pen=4 * math.log(len(values)))[:-1])


def kernel_calmed(values: Floats) -> list[int]:
    """Give ruptures what it does not have: outliers pulled in, a penalty for autocorrelation."""
    noise = estimate(values)
    calmed = calm(values, noise, 3.0) / noise.sigma
    search = ruptures.KernelCPD(kernel="linear", min_size=3).fit(calmed)
    return list(search.predict(pen=2 * math.log(len(values)) * noise.inflation)[:-1])


def _scale(values: Floats) -> float:
    typical = float(np.median(np.abs(np.diff(values)))) / 0.6745 / math.sqrt(2)
    return typical or float(values.std())  # half of the values may be equal


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
    for kind in NULL:
        cells.append(f"{np.mean([len(each) for each in found[kind]]):.4f}")
    seen = [any(abs(each - LATE) <= 3 for each in one) for one in found["late"]]
    cells.append(f"{np.mean(seen):.3f}")
    for kind in ("wandering", "proportional"):
        counts = [matches(*each) for each in zip(series[kind], found[kind], strict=True)]
        hits, false, missed = np.sum(counts, axis=0)
        cells.append(f"{2 * hits / (2 * hits + false + missed):.4f}")
    return cells


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
    ways: dict[str, Find] = {
        "squash_jenkins": own,
        "ruptures KernelCPD 4 ln n": kernel,
        "… 2 ln n, our outliers and noise": kernel_calmed,
    }
    found = {
        name: {kind: [find(each.values) for each in series[kind]] for kind in KINDS}
        for name, find in ways.items()
    }
    for kind in KINDS:
        for name, answer in peers([each.values for each in series[kind]]).items():
            found.setdefault(name, {})[kind] = answer["found"]
    table(["", *HEAD], [[name, *figures(series, each)] for name, each in found.items()])


@pytest.mark.parametrize("step", [False, True])
def test_noise_of_real_machines(
    peers: Callable[[list[Floats]], dict[str, Any]], step: bool
) -> None:
    """Print false steps a series by the kind of noise, and how often a step is seen in ten builds.

    It is seen where it is placed within three builds.
    """
    rows: list[list[str]] = []
    head = ["noise"]
    for name, kind in NOISE_KINDS.items():
        if step and kind.factor is None:
            continue
        rng = np.random.default_rng(20261201)
        every = [100 * kind.make(rng, AT + 10 if step else POINTS) for _ in range(20)]
        for values in every if step else ():
            values[AT:] *= kind.factor or 1
        every = [values[np.isfinite(values)] for values in every]
        found = {"squash_jenkins": [own(values) for values in every]}
        found["ruptures KernelCPD 4 ln n"] = [kernel(values) for values in every]
        found |= {peer: answer["found"] for peer, answer in peers(every).items()}
        head = ["seen" if step else "false steps", *found]
        rows.append([name, *(f"{np.mean(_counts(each, step)):.2f}" for each in found.values())])
    table(head, rows)


def _counts(found: Sequence[Sequence[int]], step: bool) -> list[int]:
    if not step:
        return [len(each) for each in found]
    return [any(abs(place - AT) <= 3 for place in each) for each in found]


def test_curve(series: dict[str, list[Told]]) -> None:
    rows = []
    for alarms in (0.1, 0.02, 0.005, 0.001, 0.0002):
        settings = Settings(alarms=alarms)
        found = {kind: [own(each.values, settings) for each in series[kind]] for kind in KINDS}
        rows.append([f"{alarms:g}", *figures(series, found)])
    table(["Settings.alarms", *HEAD], rows)


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
        cells = [f"{ours:.2f}", f"{theirs:.2f}", answers.get("Otava", "–"), answers.get("asv", "–")]
        rows.append([f"{points}, {len(told.steps)} steps", *cells])
    table(["points", "ms", "ruptures", "Otava", "asv"], rows)
