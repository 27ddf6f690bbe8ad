"""Run the server: one process, or several that share a socket, until a signal stops it."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors.multiprocess import Multiprocess

from squash_jenkins.config import Settings
from squash_jenkins.errors import ResourceError
from squash_jenkins.plugins import Plugins, find
from squash_jenkins.server.app import create_app
from squash_jenkins.server.processes import end_with_parent, set_up_logging

GRACE = 5
"""Seconds that open requests have to finish when the server stops."""
_HEALTHY = 120
"""Seconds without a sign of life after which a worker is replaced; starting takes some."""
_MESSAGE_BYTES = 1 << 20
"""Largest websocket message in bytes; those of our pages are small."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections wait in it until they are accepted.

    Raises
    ------
    ResourceError
        When the address cannot be used.

    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise ResourceError(
            f"The server cannot listen on {host}, port {port}: {error}. "
            "Stop what listens there, or choose another address with --host and --port."
        ) from error
    listening.set_inheritable(True)
    return listening


def run(settings: Settings, plugins: Plugins, listening: socket.socket) -> None:
    """Serve on a socket until SIGTERM or Ctrl-C.

    Event streams of open pages end first, then requests have `GRACE` seconds to finish. With
    several workers each is a process; one that dies is restarted.
    """
    if settings.server.workers > 1:
        config = configuration(partial(worker, settings), settings, factory=True)
        Multiprocess(config, [listening]).run()
        return
    set_up_logging()
    server = uvicorn.Server(configuration(create_app(settings, plugins), settings))
    with _ignored_signals(server):
        server.run([listening])


@contextmanager
def _ignored_signals(server: uvicorn.Server) -> Iterator[None]:
    """Ignore the signal that stopped the server: uvicorn raises it again at the end."""

    def again(number: int, frame: Any) -> None:
        if not server.started:
            signal.default_int_handler(number, frame)

    before = {number: signal.signal(number, again) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def worker(settings: Settings) -> FastAPI:
    """Return the application of one of several worker processes."""
    set_up_logging()
    threading.Thread(target=end_with_parent, name="end with parent", daemon=True).start()
    return create_app(settings, find(settings.dashboards))


def configuration(
    app: FastAPI | Callable[[], FastAPI], settings: Settings, **more: Any
) -> uvicorn.Config:
    """Return the configuration of uvicorn."""
    given = {
        "http": "squash_jenkins.server.http.slow_clients:Protocol",
        "loop": "uvloop",
        "ws": "websockets-sansio",
        "workers": settings.server.workers,
        "log_config": None,
        "access_log": False,  # `AccessLog` writes it
        "server_header": False,
        "ws_max_size": _MESSAGE_BYTES,
        "proxy_headers": True,
        "forwarded_allow_ips": list(settings.server.trusted_proxies),
        "timeout_graceful_shutdown": GRACE,
        "timeout_worker_healthcheck": _HEALTHY,
    }
    return uvicorn.Config(app, **{**given, **more})
