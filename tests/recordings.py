"""Give tests what real Jenkins servers of two versions answered and kept on disk.

The JSON and XML bodies lie in ``tests/data/jenkins/<version>``, one line of ``index.json`` for each
request. Bodies of other kinds (HTML, consoles, archives) are not kept: a short one stands for them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from squash_jenkins.archive.source import Archive

DATA = Path(__file__).parent / "data"
OLD, NEW = "2.263.4", "2.503"
"""The two versions of Jenkins that were recorded."""
HOME = DATA / "jenkins_home"
"""What the older one kept on disk: a part of its jobs folder, XML and JSON only."""


@dataclass(frozen=True)
class Recording:
    """Hold one request to a Jenkins and its answer; `user` is who signed in."""

    version: str
    name: str
    method: str
    path: str
    user: str
    request_headers: Mapping[str, str]
    request_body: str | None
    status: int
    response_headers: Mapping[str, str]
    body_file: str | None

    @property
    def body(self) -> bytes:
        """Return the body as it was recorded, or a short page that stands for it."""
        if self.body_file is None:
            return _stand_in(self)
        return (DATA / "jenkins" / self.version / self.body_file).read_bytes()

    @property
    def json(self) -> Any:
        """Return the recorded JSON."""
        return json.loads(self.body)

    @property
    def is_json(self) -> bool:
        """Return whether Jenkins called the body JSON and it was kept."""
        kind = self.response_headers.get("Content-Type") or ""
        return self.body_file is not None and kind.startswith("application/json")


@cache
def recordings(version: str = OLD) -> Mapping[str, Recording]:
    """Return what was recorded of a Jenkins of `version`, by name."""
    index = (DATA / "jenkins" / version / "index.json").read_text()
    return {each["name"]: Recording(version, **each) for each in json.loads(index)}


def recorded_builds(version: str = OLD) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of every build that was asked for by itself, with the recording's name."""
    for each in recordings(version).values():
        asked = each.is_json and "/artifact/" not in each.path and each.body
        answer = each.json if asked else {}
        if isinstance(answer, dict) and {"number", "timestamp", "artifacts"} <= answer.keys():
            yield each.name, answer


def archive_of_jenkins() -> Archive:
    """Return the recorded jobs folder as `squash-jenkins backfill --from-archive` reads it."""
    return Archive("lab", HOME)


def _stand_in(recording: Recording) -> bytes:
    """Return a page that says as little as a client may count on."""
    if recording.status in (302, 304) or recording.method == "HEAD":
        return b""
    if recording.name.startswith("closed_anonymous"):
        return b"<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'/></head>"
    if recording.name == "login_page":
        return b"<html><form name='login' action='j_spring_security_check'></form></html>"
    return f"<html><body><h1>{recording.status}</h1></body></html>".encode()
