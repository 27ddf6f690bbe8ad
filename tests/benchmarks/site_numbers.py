"""Make stores of many metrics and builds, and the same numbers as asv keeps them."""

import hashlib
import json
import random
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Metric,
    Report,
    Specification,
)
from squash_jenkins.store import open_store

ROOT = "http://127.0.0.1/"
JOB = "bench"
_LEVELS = (("minimum", 1.3), ("design", 1.15), ("stretch", 1.05))
_NEWEST = datetime(2026, 11, 22, tzinfo=UTC)
_STEP, _NOISE = 1 / 1500, 0.01
_ASV = {
    "version": 1,
    "project": "bench",
    "project_url": ROOT,
    "repo": "repo",
    "branches": ["main"],
    "environment_type": "virtualenv",
    "show_commit_url": ROOT,
    "results_dir": "results",
    "html_dir": "html",
    "benchmark_dir": "benchmarks",
}


def name_of(metric: int) -> str:
    """Return the name of a metric."""
    return f"bench.m{metric:04d}"


def history(metrics: int, builds: int) -> Iterator[Mapping[str, float]]:
    """Yield what each build measured: levels with 1 % noise that step now and then."""
    chance = random.Random(1)
    levels = [chance.uniform(1, 100) for _ in range(metrics)]
    for _ in range(builds):
        for at in range(metrics):
            if chance.random() < _STEP:
                levels[at] *= chance.choice((0.85, 1.1, 1.2))
        yield {
            name_of(at): level * (1 + chance.gauss(0, _NOISE)) for at, level in enumerate(levels)
        }


def make_store(folder: Path, metrics: int, builds: int) -> None:
    """Fill a store below a folder of settings with that many builds."""
    folder.mkdir(parents=True)
    (folder / "squash.toml").write_text('description = "off"\n')
    first = next(history(metrics, 1))
    defined = [Metric(name, "s", operator="<=") for name in first]
    asked = [
        Specification(name, f"{name}.{level}", level, "<=", value * part, "s")
        for name, value in first.items()
        for level, part in _LEVELS
    ]
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.load(defined, asked, source="bench")
        records: list[BuildRecord] = []
        for number, values in enumerate(history(metrics, builds), 1):
            records.append(_record(number, builds, values))
            if len(records) == 200 or number == builds:
                store.save_all(records, controller_url=ROOT)
                records.clear()


def _record(number: int, builds: int, values: Mapping[str, float]) -> BuildRecord:
    start = _NEWEST - timedelta(hours=3 * (builds + 1 - number))
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    measured = [Measurement(name, value, "s") for name, value in values.items()]
    report = Report("out.json", "plain", digest, 1000, "set", "r", measurements=measured)
    return BuildRecord(
        Build(BuildId("local", JOB, number), start, 600.0, "SUCCESS", node="n1"), [report]
    )


def last_of(metrics: int, builds: int) -> Mapping[str, float]:
    """Return what the last build of a history measured."""
    *_, last = history(metrics, builds)
    return last


def next_document(folder: Path, last: Mapping[str, float], number: int) -> Path:
    """Write what a further build measured, near the values of the last one."""
    chance = random.Random(number)
    values = {name: value * (1 + chance.gauss(0, _NOISE)) for name, value in last.items()}
    file = folder / f"out-{number}.json"
    file.write_text(json.dumps(values))
    return file


def make_asv(folder: Path, metrics: int, builds: int) -> None:
    """Write the same numbers as results of asv, with a repository of one commit for each build."""
    folder.mkdir(parents=True)
    (folder / "asv.conf.json").write_text(json.dumps(_ASV))
    commits = _repository(folder / "repo", builds)
    machine = folder / "results" / "box"
    machine.mkdir(parents=True)
    (machine / "machine.json").write_text(json.dumps({"machine": "box", "version": 1}))
    names = [name_of(at) for at in range(metrics)]
    about = {name: {**_BENCHMARK, "name": name} for name in names}
    (folder / "results" / "benchmarks.json").write_text(json.dumps({**about, "version": 2}))
    for (commit, when), values in zip(commits, history(metrics, builds), strict=True):
        result = {
            "version": 2,
            "commit_hash": commit,
            "date": when * 1000,
            "env_name": "env",
            "env_vars": {},
            "params": {"machine": "box", "python": "3.11"},
            "python": "3.11",
            "requirements": {},
            "result_columns": ["result", "params", "version"],
            "results": {name: [[value], [], "1"] for name, value in values.items()},
            "durations": {},
        }
        (machine / f"{commit[:8]}-env.json").write_text(json.dumps(result))


_BENCHMARK = {
    "code": "",
    "min_run_count": 2,
    "number": 0,
    "param_names": [],
    "params": [],
    "repeat": 0,
    "rounds": 2,
    "sample_time": 0.01,
    "timeout": 60.0,
    "type": "time",
    "unit": "seconds",
    "version": "1",
    "warmup_time": -1,
}


def _repository(folder: Path, builds: int) -> list[tuple[str, int]]:
    """Make a repository; return hash and time (seconds) of each commit, the oldest first."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    start = int(_NEWEST.timestamp()) - 3 * 3600 * builds
    times = [start + 3 * 3600 * at for at in range(builds)]
    stream = "".join(
        f"commit refs/heads/main\ncommitter bench <bench@localhost> {time} +0000\ndata 1\n.\n"
        for time in times
    )
    subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet"], input=stream.encode(), check=True
    )
    log = subprocess.run(
        ["git", "-C", str(folder), "log", "--reverse", "--format=%H"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return list(zip(log.stdout.split(), times, strict=True))
