"""The example for nginx works in a real nginx: pages, event streams, websockets, addresses."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, WebSocket
from websockets.sync.client import connect

from squash_jenkins.resources import folder
from squash_jenkins.server.app import PARTS
from squash_jenkins.server.part import Part

pytestmark = pytest.mark.nginx
_ROUTER = APIRouter()


@_ROUTER.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    """Answer what is said, and where from."""
    await socket.accept()
    assert socket.client is not None
    await socket.send_text(f"{await socket.receive_text()} {socket.client.host} {socket.url.path}")
    await socket.close()


@pytest.fixture
def through(server: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """Return the URL of an nginx with our example, and the server behind it."""
    running = server(
        parts=[lambda _: Part([_ROUTER]), *PARTS],
        server={"root_path": "/qa", "trusted_proxies": ["127.0.0.1"]},
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (folder("hooks") / "nginx" / "squash.conf").read_text()
    example, count = re.subn(r"listen 80;", f"listen 127.0.0.1:{port};", text)
    example, other = re.subn(
        r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{running.port};", example
    )
    assert (count, other) == (1, 1)
    (tmp_path / "squash.conf").write_text(example)
    kept = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{kept}include {tmp_path}/squash.conf;\n}}\n"
    )
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    program = shutil.which("nginx", path=path)
    assert program, "nginx is missing: .ci/system-packages nginx-light"
    given = [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with (tmp_path / "nginx.log").open("w") as log, subprocess.Popen(given, stderr=log) as nginx:
        try:
            _wait(port, nginx, tmp_path / "nginx.log")
            yield f"127.0.0.1:{port}/qa", running
        finally:
            nginx.terminate()


def _wait(port: int, nginx: subprocess.Popen[bytes], log: Path) -> None:
    """Return when it listens."""
    while nginx.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail(f"nginx ended: {log.read_text()}")


def test_the_example_for_nginx(
    through: tuple[str, Any], samples: Any, access_line: Callable[[], str]
) -> None:
    where, running = through
    running.store.save(samples.record("ci_hsc", 1), controller_url=samples.ROOT)
    liar = {"X-Forwarded-For": "198.51.100.7"}
    with httpx.Client(base_url=f"http://{where}", timeout=60, headers=liar) as client:
        page = client.get("/jobs/ci_hsc/")
        assert page.status_code == 200 and "../../assets/live/pages/builds.js?v=" in page.text
        assert httpx.get(f"http://{where}").headers["location"] == "/qa/"
        moved = client.get("/jobs/ci_hsc", follow_redirects=True)
        assert str(moved.url) == f"http://{where}/jobs/ci_hsc/"
        assert client.get("/healthz").json() == {"status": "up"}
        told: list[str] = []
        first, second = threading.Event(), threading.Event()

        def listen() -> None:
            with client.stream("GET", "/events") as stream:
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        told.append(line)
                        (second if first.is_set() else first).set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert first.wait(30)
        running.store.save(samples.record("ci_hsc", 2), controller_url=samples.ROOT)
        assert second.wait(30)
        running.app.state.services.changes.end()
        thread.join(30)
    with connect(f"ws://{where}/echo", additional_headers=liar, open_timeout=30) as speaking:
        speaking.send("hello")
        assert speaking.recv(30) == "hello 127.0.0.1 /qa/echo"
    line = ""
    while " WEBSOCKET /qa/echo 101 " not in line:
        line = access_line()
        assert line.startswith("127.0.0.1 ")  # not what the client says itself
