"""Build the wheel and the sdist, install the wheel elsewhere, and follow the five minutes there."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

ROOT = Path(__file__).resolve().parents[1]
KEY = "11d5hush5token"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SQUASH_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with sdist and wheel; the wheel is made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source") / "checkout"
    run("git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), source, cwd=folder)
    for name in run(
        "git", "ls-files", "--modified", "--others", "--exclude-standard", cwd=ROOT
    ).split():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source, cwd=folder)
    return folder


def test_the_wheel_holds_what_travels_and_nothing_else(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        *(file.relative_to(ROOT).as_posix() for file in asset_files().values()),
        "squash_jenkins/_dashboards/tabs/overview.py",
        "squash_jenkins/_db/migrations/env.py",
        "squash_jenkins/_db/seed/metrics/validate_drp.yaml",
        "squash_jenkins/_hooks/README.md",
        "squash_jenkins/py.typed",
    ):
        assert wanted in names
    assert not [name for name in names if name.endswith((".sqlite", ".pyc"))]
    assert {name.split("/")[0] for name in names} == {
        "squash_jenkins",
        *(name.split("/")[0] for name in names if ".dist-info/" in name),
    }


def test_links_of_the_readme_work_on_an_index(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        text = archive.read(name).decode()
    assert "\n## Glossary\n" in text
    assert "QA files (`docs/formats.md`)" in text
    assert re.findall(r"\]\((?!https?:|#)[^)]*\)", text) == []


def test_the_sdist_holds_the_tests_and_the_fixed_top_level(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        top = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"squash_jenkins", "hooks", "Jenkinsfile", "db", "dashboards", "tests"} <= top
    assert {"pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "Makefile"} <= top


def test_the_five_minutes_work_from_the_wheel_in_a_fresh_environment(
    built: Path, tmp_path: Path
) -> None:
    program = installed(built, tmp_path)
    world = World()
    world.add_user("dev", token=KEY, permissions={"Overall/Read", "Job/Read", "Run/Update"})
    world.add_job("folder/ci_hsc")
    world.add_build("folder/ci_hsc", number=407, artifacts={"out/qa.json": b'{"speed": 12.5}'})
    with SimulatedJenkins(world) as jenkins:
        console = five_minutes(program, jenkins.url, tmp_path / "work")
    assert (
        console.splitlines()[-1] == "QA dashboard: https://qa.example.org/jobs/folder/ci_hsc/407/"
    )
    assert "QA dashboard: https://qa.example.org" in str(
        world.jobs["folder/ci_hsc"].builds[407].description
    )
    page = tmp_path / "work/site/jobs/folder/ci_hsc/407/index.html"
    assert "#407" in page.read_text(encoding="utf-8")
    assert "12.5" in (tmp_path / "work/site/index.html").read_text(encoding="utf-8")


def installed(built: Path, folder: Path) -> Path:
    """Install the wheel with the pinned requirements; return the command."""
    home = folder / "venv"
    venv.create(home, with_pip=True)
    [wheel] = built.glob("*.whl")
    uv: list[Any] = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet"]
    pinned = ROOT / ".ci/requirements/run.txt"
    run(*uv, "--python", home / "bin/python", "--require-hashes", "-r", pinned, cwd=folder)
    run(home / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", wheel, cwd=folder)
    run(home / "bin/python", "-m", "pip", "check", cwd=folder)
    return home / "bin/squash-jenkins"


def five_minutes(program: Path, url: str, work: Path) -> str:
    """Follow the five minutes of the README."""
    work.mkdir()
    secret = {"SQUASH_CONTROLLERS__JENKINS__TOKEN": KEY}
    run(
        program,
        *("init", "--url", url, "--user", "dev", "--public-url", "https://qa.example.org/"),
        cwd=work,
        **secret,
    )
    assert "FAIL" not in run(program, "check", cwd=work, **secret)
    build = ("post-build", "--job", "folder/ci_hsc", "--number", "407")
    return run(program, *build, cwd=work, **secret)
