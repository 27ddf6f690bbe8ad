"""What each process of the server does at its start: log, and end when its parent was killed."""

import logging
import os
import signal
import sys
import time
from multiprocessing import parent_process

_LOG_FORMAT = "%(asctime)sZ %(message)s"


def end_with_parent() -> None:
    """End this process in order when the one that started it was killed, which tells nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def set_up_logging() -> None:
    """Have everything logged to the standard error stream, a line each, with times in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(_LOG_FORMAT, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("squash_jenkins").setLevel(logging.INFO)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    """Write control characters of messages escaped, so that a line is a line."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of an exception the trace follows, indented."""
        text = super().format(record)
        lines = ("".join(map(_shown, line)) for line in text.splitlines())
        return "\n    ".join(lines)


def _shown(sign: str) -> str:
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()
