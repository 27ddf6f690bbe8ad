"""Run coroutines in a thread: a browser that is open has the event loop of this one."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Told = TypeVar("Told")


def run(story: Callable[[], Coroutine[Any, Any, Told]]) -> Told:
    """Run a story to its end and return what it returns; what fails in it fails here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story()).result()
