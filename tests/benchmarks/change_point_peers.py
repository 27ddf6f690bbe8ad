"""Run Otava and asv over the series of a file; for an environment of their own.

Their dependencies would hold back ours, so `bench_change_points.py` starts this with a Python
that has nothing but them: ``python change_point_peers.py SERIES.npz`` prints what each finds and
how long it takes as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


def otava(values: Sequence[float]) -> list[int]:
    from otava.analysis import compute_change_points

    return [int(each.index) for each in compute_change_points(list(values))[0]]


def asv(values: Sequence[float]) -> list[int]:
    from asv.step_detect import detect_steps

    return [int(each[0]) for each in detect_steps(list(values))[1:]]


def run(
    find: Callable[[Sequence[float]], list[int]], series: list[list[float]]
) -> dict[str, object]:
    find([0.0, 1.0] * 10)  # loads what it needs
    start = time.perf_counter()
    found = [find(each) for each in series]
    return {"found": found, "seconds": time.perf_counter() - start}


if __name__ == "__main__":
    with np.load(Path(sys.argv[1])) as file:
        everything = [file[name].tolist() for name in sorted(file.files, key=int)]
    print(json.dumps({"Otava": run(otava, everything), "asv": run(asv, everything)}))
