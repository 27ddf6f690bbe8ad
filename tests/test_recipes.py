"""Follow the recipes of the READMEs, to the letter, in a copy of the project."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECIPE = re.compile(r"<!-- recipe: (\S+?)(?: after (.+?))? -->\s*```\w+\n(.*?)```", re.DOTALL)
Run = Callable[..., str]


def steps(readme: str) -> list[tuple[str, str | None, str]]:
    """Return (file, line to stand after or None for a new file, text) of each step."""
    found = RECIPE.findall((ROOT / readme).read_text(encoding="utf-8"))
    assert found, f"{readme} has no recipe"
    return [(file, anchor or None, _dedented(text)) for file, anchor, text in found]


def _dedented(text: str) -> str:
    """Take away what a list in the README indents its code by."""
    lines = text.splitlines()
    margin = 3 if lines and all(line.startswith("   ") for line in lines if line.strip()) else 0
    return "".join(f"{line[margin:]}\n" for line in lines)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what the program consists of."""
    folder = tmp_path / "copy"
    for name in ("squash_jenkins", "dashboards", "db", "hooks"):
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


@pytest.fixture
def run(copy: Path, tmp_path: Path) -> Run:
    """Return a function that runs the copied command in an empty folder."""
    work = tmp_path / "work"
    work.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SQUASH_")}

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "squash_jenkins", *arguments],
            cwd=work,
            env={**environment, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def follow(copy: Path, readme: str) -> None:
    for file, anchor, text in steps(readme):
        path = copy / file
        if anchor is None:
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            continue
        before = path.read_text(encoding="utf-8")
        assert anchor in before, f"{readme}: {file} has no line {anchor!r}"
        path.write_text(before.replace(f"{anchor}\n", f"{anchor}\n{text}", 1), encoding="utf-8")


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_a_format(copy: Path, run: Run, tmp_path: Path) -> None:
    follow(copy, "docs/formats.md")
    assert "speed-test" in run("plugins")
    sample = copy / "tests/data/formats/speed-test/sample.json"
    outcome = json.loads(run("ingest", str(sample), "--job", "line", "--build", "1", "--json"))
    assert outcome["builds"][0]["measurements"] == 2
    assert outcome["builds"][0]["not_measured"] == 1
    [expected] = json.loads(sample.with_suffix(".expected.json").read_text())
    stored = "select name, value from measurement join metric on metric.id = metric_id"
    assert dict(rows(tmp_path / "work/squash.sqlite", stored)) == expected["measurements"]


def test_a_column(copy: Path, run: Run, tmp_path: Path) -> None:
    follow(copy, "db/README.md")
    assert "add_build_site" in run("db", "revision", "Add build.site")
    (tmp_path / "work/a.json").write_text('{"speed": 1.5}')
    run("ingest", "a.json", "--job", "line", "--build", "1")
    query = "select number, site from build"
    assert rows(tmp_path / "work/squash.sqlite", query) == [(1, None)]
