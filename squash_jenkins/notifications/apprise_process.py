"""Send messages with Apprise, each in a process of its own.

A thread that waits for a server that hangs cannot be ended: it delays the end of the program, and
may still send when the next run has already tried again. A process can be ended. This file is also
the program of that process, so it imports nothing of the package. Nothing that Apprise says is
shown: its messages may contain parts of a URL, and Apprise URLs contain secrets.
"""

import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

LIMIT_SECONDS = 12.0
"""How long a hook waits for all servers together, at most."""
_ANSWERED = re.compile(r"\berror=(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Message:
    """Hold a message of plain text; `kind` is Apprise's: "info", "success" or "warning"."""

    title: str
    body: str
    kind: str = "info"


def deliver(url: str, message: Message | None, seconds: float = LIMIT_SECONDS) -> str:
    """Send a message to an Apprise URL; without one only check that Apprise knows the URL.

    Returns
    -------
    str
        Empty when it was accepted, else why not: what follows "it was not sent: ". It never
        contains anything of the URL.

    """
    order = {"url": url, "message": asdict(message) if message else None}
    try:
        done = subprocess.run(  # noqa: S603 - this file, by this Python
            [sys.executable, "-P", __file__],
            input=json.dumps(order),
            capture_output=True,
            encoding="utf-8",
            timeout=max(seconds, 0.1),
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:.0f} s"
    except OSError as error:
        return f"Python could not be started for it ({error.strerror})"
    try:
        return str(json.loads(done.stdout.rpartition("\n")[2])["fault"])
    except (ValueError, KeyError, TypeError):
        return f"Apprise ended unexpectedly (exit code {done.returncode})"


class _Notes(logging.Handler):
    """Record the one thing that Apprise says and that is no secret: the status of a response."""

    def __init__(self) -> None:
        super().__init__()
        self.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = _ANSWERED.search(record.getMessage())
        self.status = found[1] if found else self.status


def _carry_out(order: dict[str, Any]) -> str:
    """Do what `deliver` asks for; return its result."""
    import apprise

    notes = _Notes()
    logging.getLogger("apprise").addHandler(notes)
    asset = apprise.AppriseAsset(app_id="squash-jenkins", app_desc="squash-jenkins")
    server = apprise.Apprise(asset=asset)
    if not server.add(order["url"]):
        return "Apprise does not know such a URL, or it is incomplete"
    message = order["message"]
    if message is None:
        return ""
    taken = server.notify(
        body=message["body"],
        title=message["title"],
        notify_type=message["kind"],
        body_format="text",  # what looks like HTML or Markdown in a name is escaped
    )
    if taken:
        return ""
    if notes.status:
        return f"its server answered with status {notes.status}"
    return "its server was not reached or refused the message"


def _main() -> None:
    try:
        fault = _carry_out(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - foreign code; its text may hold secrets
        fault = f"Apprise failed ({type(error).__name__})"
    sys.stdout.write(
        "\n" + json.dumps({"fault": fault})
    )  # on a line of its own, whatever was printed
    sys.stdout.flush()
    os._exit(0)  # threads that Apprise has left waiting do not delay the end


if __name__ == "__main__":
    _main()
