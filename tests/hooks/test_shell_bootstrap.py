"""post_build.sh installs the command once, for builds at once and after one that was killed."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HOOK = Path(__file__).resolve().parents[2] / "hooks" / "post_build.sh"
NAME = "squash_jenkins-9.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Return a wheel whose squash-jenkins prints what it was called with."""
    info = "squash_jenkins-9.0.dist-info"
    files = {
        "small.py": "import sys\ndef main():\n    print('called', *sys.argv[1:])\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: squash-jenkins\nVersion: 9.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nsquash-jenkins = small:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(tmp_path / NAME, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return tmp_path / NAME


def start(folder: Path, wheel: Path, shell: str, **variables: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PIP_NO_INDEX": "1",
        "JOB_NAME": "hill",
        "BUILD_NUMBER": "7",
        "SQUASH_PYTHON": sys.executable,
        "SQUASH_BOOTSTRAP": str(wheel),
        "SQUASH_VENV": str(folder / "kept here"),
        **variables,
    }
    return subprocess.Popen(
        [shell, str(HOOK)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def test_two_builds_at_once_after_one_that_was_killed(tmp_path: Path, wheel: Path) -> None:
    reached, home = tmp_path / "reached", tmp_path / "kept here"
    slow = tmp_path / "slow python"
    slow.write_text(f'#!/bin/sh\nmkdir -p "$3/bin"\necho half >"{reached}"\nexec sleep 60\n')
    slow.chmod(0o755)
    os.mkfifo(reached)
    killed = start(tmp_path, wheel, "dash", SQUASH_PYTHON=str(slow))
    assert reached.read_text() == "half\n"
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert len(list(home.glob("venv.*"))) == 1
    assert (home / "lock").exists()

    both = [start(tmp_path, wheel, shell) for shell in ("dash", "bash")]
    told = [process.communicate(timeout=120) for process in both]
    for process, (out, errors) in zip(both, told, strict=True):
        assert process.returncode == 0
        assert "called post-build --wait 0 --strict" in out, errors
    assert sum("installing" in errors and "in " in errors for _, errors in told) >= 1
    assert len(list(home.glob("venv.*"))) == 1
    assert not (home / "lock").exists()

    third = start(tmp_path, wheel, "dash", SQUASH_PYTHON="/none")
    out, errors = third.communicate(timeout=60)
    assert out.startswith("called"), errors
    assert errors == ""


def test_what_cannot_be_installed_fails_no_build(tmp_path: Path, wheel: Path) -> None:
    process = start(tmp_path, wheel, "dash", SQUASH_PYTHON="/bin/false")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "could not be installed" in errors
    assert not list((tmp_path / "kept here").glob("*"))


def test_the_limit_of_making_holds(tmp_path: Path, wheel: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    given = {"SQUASH_BOOTSTRAP_TIMEOUT": "1", "SQUASH_STRICT": "1"}
    process = start(tmp_path, wheel, "bash", SQUASH_PYTHON=str(slow), **given)
    _, errors = process.communicate(timeout=50)
    assert process.returncode == 127
    assert "could not be installed" in errors
