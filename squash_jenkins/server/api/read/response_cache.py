"""Keep answers that take long to make, as long as what they tell of stays as it is."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class _Entry(NamedTuple):
    state: Hashable
    content: bytes
    whole: bool


class ResponseCache(Generic[Key]):
    """Keep answers up to a number of bytes; those that nobody asked for longest go first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._answers: OrderedDict[Key, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, state: Hashable) -> tuple[bytes, bool] | None:
        """Return the answer that was made in this state; None where there is none."""
        with self._lock:
            found = self._answers.get(key)
            if found is None or found.state != state:
                return None
            self._answers.move_to_end(key)
            return found.content, found.whole

    def put(self, key: Key, state: Hashable, content: bytes, whole: bool) -> None:
        """Keep an answer in place of an older one."""
        with self._lock:
            self._drop(key)
            self._answers[key] = _Entry(state, content, whole)
            self._size += len(content)
            while self._size > self._most:
                self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        gone = self._answers.pop(key, None)
        self._size -= len(gone.content) if gone else 0
