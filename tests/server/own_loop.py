"""Run coroutines in a thread: a browser that is open has the event loop of this one."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story to its end; what fails in it fails here."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story()).result()
