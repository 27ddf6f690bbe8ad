"""Count when steps and drifts are told, when nothing is there, and when people should be told.

Run with ``make bench``; ``BENCH_SERIES`` as in `bench_change_points.py`.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.models.finding import SETTLED
from tests.benchmarks.change_series import NULL, SERIES, autoregressive, made, table


def test_lateness() -> None:
    rows = []
    for size in (2, 3, 4, 5):
        seen = []
        for after in (2, 3, 4, 5, 8, 12):
            count = 0
            for seed in range(SERIES // 4):
                values = np.random.default_rng([99, seed]).normal(0, 1, 300)
                values[300 - after :] += size
                count += any(
                    each >= 295 - after for each in [step.index for step in detect(values).steps]
                )
            seen.append(f"{count / (SERIES // 4):.3f}")
        rows.append([f"{size}σ", *seen])
    table(["step", *(f"after {each}" for each in (2, 3, 4, 5, 8, 12))], rows)


RULES: dict[str, Callable[[int, float], bool]] = {
    "told (third build)": lambda builds, p: True,
    "5 builds": lambda builds, p: builds >= 5,
    "8 builds": lambda builds, p: builds >= 8,
    "15 builds": lambda builds, p: builds >= 15,
    "p ≤ 1e-4": lambda builds, p: p <= 1e-4,
    "p ≤ 1e-5 (settled)": lambda builds, p: p <= 1e-5,
    "p ≤ 1e-6": lambda builds, p: p <= 1e-6,
    "p ≤ 1e-8": lambda builds, p: p <= 1e-8,
}
"""When to tell people, by how many builds the new level has and how probable noise is."""


def test_alarms_while_a_series_grows() -> None:
    alarms = {rule: [_ever(kind, passes) for kind in NULL] for rule, passes in RULES.items()}
    sizes, delays = (3, 4), (3, 4, 5, 8, 12)
    rows = []
    for rule, passes in RULES.items():
        seen = [f"{_seen(size, delay, passes):.3f}" for size in sizes for delay in delays]
        rows.append([rule, *(f"{each:.3f}" for each in alarms[rule]), *seen])
    head = [f"{size}σ after {delay}" for size in sizes for delay in delays]
    table(["people are told", *(f"ever: {kind}" for kind in NULL), *head], rows)


@cache
def _grown(kind: str) -> list[set[tuple[int, float]]]:
    """Return, for each series of noise, builds and p of all that is told while it grows to 300."""
    found = []
    for told in made(kind)[: SERIES // 4]:
        seen = set()
        for end in range(21, len(told.values) + 1):
            changes = detect(told.values[:end])
            seen |= {(each.points_after, each.p_value) for each in changes.steps}
            seen |= {(each.last - each.first, each.p_value) for each in changes.drifts}
        found.append(seen)
    return found


def _ever(kind: str, passes: Callable[[int, float], bool]) -> float:
    return float(np.mean([any(passes(*each) for each in seen) for seen in _grown(kind)]))


@cache
def _stepped(size: int, after: int) -> list[list[tuple[int, float]]]:
    found = []
    for seed in range(SERIES // 4):
        values = np.random.default_rng([97, seed]).normal(0, 1, 300)
        values[300 - after :] += size
        steps = [each for each in detect(values).steps if each.index >= 295 - after]
        found.append([(each.points_after, each.p_value) for each in steps])
    return found


def _seen(size: int, after: int, passes: Callable[[int, float], bool]) -> float:
    told = _stepped(size, after)
    return float(np.mean([any(passes(*each) for each in steps) for steps in told]))


def test_more_autocorrelation() -> None:
    rows = []
    for inherited in (0.0, 0.3, 0.5, 0.7, 0.8, 0.9):
        found = []
        for seed in range(SERIES):
            rng = np.random.default_rng([96, seed])
            found.append(detect(autoregressive(rng, inherited=inherited).values))
        told = [(*each.steps, *each.drifts) for each in found]
        settled = [sum(one.p_value <= SETTLED for one in each) for each in told]
        alarms = [len(each) for each in told]
        rows.append([f"{inherited:g}", f"{np.mean(alarms):.3f}", f"{np.mean(settled):.3f}"])
    table(["φ", "alarms per series of 300", "of them settled"], rows)


def test_steps_in_drifts() -> None:
    rows = []
    for rise in (4, 8, 20):
        for size in (4, 6, 10, -4, -6, -10):
            cells = [_parted(rise, size, after) for after in (3, 5, 10, 100)]
            rows.append([f"{rise}σ", f"{size:+}σ", *cells])
    head = [f"after {each}" for each in (3, 5, 10, 100)]
    table(["drift over 200", "step at its end", *head], rows)


def _parted(rise: float, size: float, after: int) -> str:
    """Return how often the step is found, and how many other steps are told on average."""
    hits, others = 0, 0
    for seed in range(SERIES // 10):
        place = 300 - after
        values = np.random.default_rng([95, seed]).normal(0, 1, 300)
        values += rise * np.clip((np.arange(300) - place + 200) / 200, 0, 1)
        values[place:] += size
        found = [step.index for step in detect(values).steps]
        hit = any(abs(each - place) <= 3 for each in found)
        hits, others = hits + hit, others + len(found) - hit
    return f"{hits / (SERIES // 10):.2f}, {others / (SERIES // 10):.2f} others"


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
