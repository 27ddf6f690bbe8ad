"""Threads of the server survive unforeseen errors, and /readyz reports it while they cannot."""

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import sqlalchemy as sa

from squash_jenkins.server import signin, webhook
from squash_jenkins.server.pages import health

PARTS = (signin.part, webhook.part, health.part)


def ready(running: Any, status: int) -> Any:
    """Ask until the server says with this status whether it can work; return what it says."""
    until = time.monotonic() + 60
    while (answer := requests.get(f"{running.url}/readyz", timeout=60)).status_code != status:
        assert time.monotonic() < until, answer.text
    return answer.json()


def test_the_queue_goes_on_after_a_fault_of_a_driver(server: Callable[..., Any]) -> None:
    running = server(parts=PARTS)
    broken = True

    def begin(_connection: Any) -> None:
        if broken and threading.current_thread().name.startswith("build queue"):
            raise RuntimeError(
                "packet sequence number wrong"
            )  # as drivers raise outside statements

    assert ready(running, 200) == {"status": "ready"}
    sa.event.listen(running.store._engine, "begin", begin)
    told = ready(running, 503)
    assert told["status"] == "not ready"
    assert any(name.startswith("build queue") for name in told["threads"])
    assert "packet" not in str(told)
    broken = False
    assert ready(running, 200) == {"status": "ready"}
    body = {"controller": "main", "job": "a", "build": 1}
    notice = requests.post(f"{running.url}/api/notify/", json=body, timeout=60).json()
    while requests.get(notice["url"], timeout=60).json()["tries"] == 0:
        assert ready(running, 200)
