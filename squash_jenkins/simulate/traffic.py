"""Record the requests to a simulated Jenkins, and how many came at once."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Asked(tuple[str, str]):
    """Hold one request: it is the pair of method and path with query, and has `headers`, too.

    Names of headers are in lower case.
    """

    headers: Mapping[str, str]

    @classmethod
    def of(cls, method: str, path: str, headers: Mapping[str, str]) -> "Asked":
        """Return one request."""
        asked = cls((method, path))
        asked.headers = headers
        return asked

    @property
    def method(self) -> str:
        """Return the method, such as GET."""
        return self[0]

    @property
    def path(self) -> str:
        """Return the path with the query."""
        return self[1]


class Traffic:
    """Count requests.

    `newest` are kept, oldest first; `busiest` is the most there were at once, `sent` counts the
    bytes of the answers before they are packed.
    """

    def __init__(self) -> None:
        self.newest: deque[Asked] = deque(maxlen=100_000)
        self.busiest = 0
        self.sent = 0
        self._under_way = 0
        self._lock = threading.Lock()

    @contextmanager
    def counted(self, asked: Asked) -> Iterator[None]:
        """Count a request for as long as it is answered."""
        with self._lock:
            self.newest.append(asked)
            self._under_way += 1
            self.busiest = max(self.busiest, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
