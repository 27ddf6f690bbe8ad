"""Bodies that programs post: JSON, or the fields of a form."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.strict_json import parse
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here

FORM = "application/x-www-form-urlencoded"
_JSON = re.compile(r"application/(?:json|x-ndjson|[\w.!#$&^-]+\+json)|text/json|", re.ASCII)
MEMORY = 128 << 20
"""Approximate bytes that the values of a body may take: about 200 000 measurements."""
_FIELDS = 1000
"""Most fields of a form."""
_PATH = re.compile(r"\$((?:\.[A-Za-z_][A-Za-z0-9_-]*|\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])*)")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[(\".*?\")\]")
USE_JSON = (
    "A form cannot hold a list of objects: only the keys of each measurement arrived, not the "
    "values. Send the same as JSON; with the library requests, use json=job instead of data=job."
)


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a request and their declared content type.

    `memory` is about how many bytes its values may take.
    """

    content: bytes
    kind: str
    memory: int = MEMORY

    @property
    def is_form(self) -> bool:
        """Return whether these are form fields; curl declares JSON as a form by default."""
        return self.kind == FORM and not self.content.lstrip().startswith((b"{", b"["))

    def value(self) -> Any:
        """Return the JSON value, or the fields of the form as an object of texts.

        Raises
        ------
        Problem
            400 for malformed content, 415 for an unsupported content type.

        """
        if self.is_form:
            return _fields(self.content)
        if self.kind != FORM and not _JSON.fullmatch(self.kind):
            detail = "Unsupported content type: send application/json or form fields."
            raise Problem(415, detail, headers={"Accept": f"application/json, {FORM}"})
        return parsed(self.content, self.memory)


def memory_for(most: int) -> int:
    """Return the memory limit for a body of at most `most` bytes: reading takes time."""
    return max(MEMORY, 2 * most)


async def _read(request: Request, here: Here) -> Body:
    try:
        content = await request.body()
    except ClientDisconnect:
        raise Problem(400, "The connection closed before the request was complete.") from None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Body(content, kind, memory_for(here.settings.server.max_body_bytes))


Posted = Annotated[Body, Depends(_read)]
"""Parameter of a route: the body of the request."""


def parsed(content: bytes, memory: int = MEMORY) -> Any:
    """Return the JSON value; raise Problem when it is invalid or takes more than `memory`."""
    try:
        return parse(content, memory)
    except DocumentError as error:
        raise wrong(error) from None


def wrong(error: DocumentError) -> Problem:
    """Return a faulty document as a problem that names the field."""
    text = str(error)
    found = _PATH.match(text)
    if found is None:
        return Problem(400, f"{text[:1].upper()}{text[1:]}.")
    return Problem(400, f"{text}.", field=_field(found[1]))


def _field(path: str) -> str:
    """Return ``measurements.0.value`` for ``.measurements[0].value``."""
    steps = (name or index or json.loads(key) for name, index, key in _STEP.findall(path))
    return ".".join(steps)


def _fields(content: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem(400, f"The fields of the form cannot be read: {error}.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and name != "measurements":
            raise Problem(400, f"The form has the field {name[:80]!r} twice.", field=name[:80])
        found[name] = value if name not in found else [found[name], value]
    if "measurements" in found:
        found["measurements"] = _list(found["measurements"])
    return parsed(json.dumps(found).encode()) if found else found


def _list(value: Any) -> Any:
    """Return the list in a field of JSON text; form encoding of a list itself loses its values."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        raise Problem(400, USE_JSON, field="measurements")
    return parsed(value.encode("utf-8", "surrogatepass"))
