"""Time a backfill beside a python-jenkins loop and a bare probe, in one run.

Run with ``make bench``; prints ratios, asserts nothing about time. The simulated Jenkins is a
process of its own, as is each contestant. The loop fetches the same and stores nothing, one
build after the other; the probe fetches the same bytes as the backfill over as many
connections from as many processes, with nothing but ``http.client``, and does nothing with them.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from squash_jenkins.commands.backfill import cores

ROOT = Path(__file__).resolve().parents[2]
CONTESTANT = [sys.executable, "-m", "tests.benchmarks.contestants"]
CONNECTIONS = 16
LOOPED = 200
"""Builds that the loop fetches: its rate does not depend on how many there are."""
ROUNDS = 2


@contextmanager
def contest(
    latency: float, builds: int, kind: str = "small"
) -> Iterator[tuple[str, Callable[[], float]]]:
    """Yield the URL of a simulated Jenkins in a process of its own, and its processor seconds."""
    server = subprocess.Popen(
        [*CONTESTANT, "serve", str(latency), str(builds), kind],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    url = server.stdout.readline().strip()

    def processor() -> float:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n")
        server.stdin.flush()
        return float(server.stdout.readline())

    try:
        yield url, processor
    finally:
        server.stdin.close()
        server.wait(timeout=30)
        server.stdout.close()


def contestant(name: str, url: str, builds: int, *more: object) -> float:
    """Run one contestant and return its builds per second."""
    words = [str(each) for each in (url, builds, *more)]
    done = subprocess.run(
        [*CONTESTANT, name, *words],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
    )
    return float(done.stdout)


def backfill(folder: Path, url: str) -> dict[str, float]:
    """Run the real command in a new folder and return its counts and seconds."""
    folder.mkdir()
    (folder / "squash.toml").write_text(f'[controllers.lab]\nurl = "{url}"\n')
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SQUASH")}
    done = subprocess.run(
        [sys.executable, "-m", "squash_jenkins", "backfill", "ci", "--no-pages", "--json"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("latency", [0.005, 0.050], ids=["5 ms", "50 ms"])
@pytest.mark.parametrize("builds", [1000, 5000])
def test_backfill(
    tmp_path: Path, latency: float, builds: int, record_property: Callable[[str, object], None]
) -> None:
    rates: dict[str, list[float]] = {"loop": [], "probe": [], "backfill": []}
    share = []
    with contest(latency, builds) as (url, processor):
        for round_number in range(ROUNDS):
            rates["loop"].append(contestant("loop", url, min(builds, LOOPED)))
            rates["probe"].append(contestant("probe", url, builds, CONNECTIONS, cores() or 1))
            before = processor()
            found = backfill(tmp_path / str(round_number), url)
            share.append((processor() - before) / found["seconds"])
            assert found["stored"] == builds
            rates["backfill"].append(builds / found["seconds"])
    loop, probe, ours = (statistics.median(rates[name]) for name in rates)
    case = f"backfill.{latency * 1000:.0f}ms_{builds}"
    record_property(f"{case}_to_loop_ratio", round(ours / loop, 3))
    record_property(f"{case}_to_probe_ratio", round(ours / probe, 3))
    print(
        f"\n| {latency * 1000:.0f} ms | {builds} | {loop:.0f} | {probe:.0f} | {ours:.0f} | "
        f"{ours / loop:.1f} | {ours / probe:.2f} | {statistics.median(share):.0%} |"
    )


def test_the_simulated_jenkins_can_do_more() -> None:
    with contest(0.0, 1000) as (url, processor):
        before = processor()
        rate = contestant("probe", url, 1000, 8, 1)
        spent = (processor() - before) / 1000
    print(
        f"\nThe simulated Jenkins without latency: {rate:.0f} builds/s to one probing process, "
        f"{spent * 1000:.2f} ms of processor a build: it can serve {1 / spent:.0f} builds/s."
    )


def test_documents_of_2_megabytes(tmp_path: Path) -> None:
    builds = 60
    for kind in ("verify", "validate"):
        with contest(0.005, builds, kind) as (url, _):
            found = backfill(tmp_path / kind, url)
        assert found["stored"] == builds
        print(f"\n{kind}, 2 MB: {builds / found['seconds']:.1f} builds/s")


@pytest.mark.parametrize("builds", [1000, 20_000])
def test_memory(tmp_path: Path, builds: int) -> None:
    with contest(0.0, builds, "tiny") as (url, _):
        peak = contestant("memory", url, builds, tmp_path)
    print(f"\nbackfill of {builds} builds: {peak:.0f} MiB at most in the process that stores")
