"""Readers of builds in processes of their own."""

import subprocess
import sys

import pytest

PARENT = """
import os, signal, sys, threading
from squash_jenkins.config import Settings
from squash_jenkins.backfill.workers import Task, worker_pool

def busy(*_):
    os.write(1, b"busy\\n")
    sum(range(10 ** 12))  # one call into C, which lets no other thread of the process run

if __name__ == "__main__":
    if "spawn" in sys.argv:  # a process with threads does not fork
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    with worker_pool(Task(Settings(), busy), 2, 2):
        sys.stdin.read()
"""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_readers_end_with_the_process_that_started_them(way, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script), way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    assert [parent.stdout.readline() for _ in range(2)] == [b"busy\n"] * 2
    parent.kill()
    rest, _ = parent.communicate(timeout=5)  # it ends when nobody holds the other end any more
    assert rest == b""
