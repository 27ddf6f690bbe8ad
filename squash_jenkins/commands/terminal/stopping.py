"""End a command properly at the first Ctrl-C or SIGTERM, and at once at the second."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stopping(stopped: threading.Event, on_stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM set `stopped` and call `on_stop`, and the second exit."""
    halting = threading.Thread(target=lambda: _halt(stopped, on_stop), daemon=True)

    def stop(number: int, _: Any) -> None:
        # In a thread: the interrupted code may be inside the event, or in the middle of a line.
        signal.signal(number, signal.default_int_handler)
        if halting.ident is None:
            halting.start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if halting.ident is not None:
            halting.join()


def _halt(stopped: threading.Event, on_stop: Callable[[], None]) -> None:
    stopped.set()
    on_stop()
