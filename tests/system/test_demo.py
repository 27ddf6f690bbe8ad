import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests


def start(folder: Path, *options: str) -> Any:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SQUASH_")}
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "squash_jenkins", "demo", "--port", "0", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_once_fills_its_folder_and_ends(tmp_path: Path) -> None:
    demo = start(tmp_path, "--once", "--builds", "12")
    told, _ = demo.communicate(timeout=200)
    assert demo.returncode == 0, told
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}
    pages = list((tmp_path / "demo/site/jobs").rglob("index.html"))
    assert len(pages) > 40
    comment = (tmp_path / "demo/pull-request.md").read_text()
    assert "Compared with shop/storefront/main" in comment
    page = (tmp_path / "demo/site/jobs/shop/storefront/PR-12/3/index.html").read_text()
    assert '/pull/12" rel="noopener">Pull request 12</a>' in page
    again = start(tmp_path, "--once", "--builds", "3")
    told, _ = again.communicate(timeout=200)
    assert again.returncode == 0, told
    assert len(list((tmp_path / "demo/site/jobs").rglob("index.html"))) < len(pages)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/mine").write_text("precious")
    demo = start(tmp_path, "--once")
    told, _ = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "choose another --dir" in told
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["mine"]


def test_new_builds_appear_are_linked_both_ways_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    demo = start(tmp_path, "--builds", "4", "--every", "0.4")
    lines: list[str] = []
    try:
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline and sum("/job/" in line for line in lines) < 5:
            lines.append(demo.stdout.readline())
        links = [line.strip() for line in lines if line.startswith("  http")]
        page, jenkins = links[0], links[1]
        shown = requests.get(page, timeout=10)
        assert shown.status_code == 200
        assert jenkins in shown.text.replace("&amp;", "&")
        answer = requests.get(f"{jenkins}api/json?tree=description,building", timeout=10).json()
        assert answer["building"] is False
        assert f'<a href="{page}">QA dashboard</a> — ' in answer["description"]
        assert f'<a href="{page}"' in requests.get(jenkins, timeout=10).text
        assert page in requests.get(f"{jenkins}consoleText", timeout=10).text
    finally:
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, rest
    assert "Traceback" not in rest
    assert re.search(r"\d+ builds, \d+ files", "".join(lines))
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}


def test_the_hook_script_takes_new_builds_in(tmp_path: Path) -> None:
    demo = start(tmp_path, "--builds", "4", "--every", "0.4", "--hook")
    lines: list[str] = []
    try:
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline and sum("/job/" in line for line in lines) < 1:
            lines.append(demo.stdout.readline())
        page, jenkins = [line.strip() for line in lines if line.startswith("  http")][:2]
        console = requests.get(f"{jenkins}consoleText", timeout=10).text
        assert "(still running: provisional)" in console
        assert f"QA dashboard: {page}\n" in console
        assert "provisional" not in requests.get(page, timeout=10).text
    finally:
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, rest
