"""What each server process sets up at its start: logging, and to stop when its parent is gone."""

import logging
import os
import signal
import sys
import time
from multiprocessing import parent_process

_LOG_FORMAT = "%(asctime)sZ %(message)s"


def end_with_parent() -> None:
    """Wait until the parent process is gone, then stop this one in order (SIGTERM)."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def set_up_logging() -> None:
    """Log to standard error, one line per message, with times in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(_LOG_FORMAT, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("squash_jenkins").setLevel(logging.INFO)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    """Formatter that escapes control characters, so that no message fakes a line."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the indented traceback of an exception."""
        text = super().format(record)
        lines = ("".join(map(_escaped, line)) for line in text.splitlines())
        return "\n    ".join(lines)


def _escaped(sign: str) -> str:
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()
