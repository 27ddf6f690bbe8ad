"""Read what programs post: JSON, or the fields of a form."""

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
"""Bytes that the values of a body may take, about: some 200 000 measurements, read in seconds."""
_FIELDS = 1000
"""Fields of a form that are read at most."""
_PATH = re.compile(r"\$((?:\.[A-Za-z_][A-Za-z0-9_-]*|\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])*)")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[(\".*?\")\]")
USE_JSON = (
    "A form cannot hold a list of objects: of each measurement only the names of its keys arrived, "
    "without the values. Send the same as JSON; with the library requests write json=job "
    "instead of data=job."
)


@dataclass(frozen=True, slots=True)
class Body:
    """Hold the bytes of a request and the kind that it says they are.

    `memory` is what its values may take, about, in bytes.
    """

    content: bytes
    kind: str
    memory: int = MEMORY

    @property
    def is_form(self) -> bool:
        """Tell whether these are fields of a form; curl calls JSON a form unless told otherwise."""
        return self.kind == FORM and not self.content.lstrip().startswith((b"{", b"["))

    def value(self) -> Any:
        """Return the JSON value, or the fields of the form as an object of texts.

        Raises
        ------
        Problem
            400 for what is malformed, 415 for another kind of content.

        """
        if self.is_form:
            return _fields(self.content)
        if self.kind != FORM and not _JSON.fullmatch(self.kind):
            told = "This kind of content is not read: send application/json, or a form's fields."
            raise Problem(415, told, headers={"Accept": f"application/json, {FORM}"})
        return parsed(self.content, self.memory)


def memory_for(most: int) -> int:
    """Return what the values of a body of at most so many bytes may take: reading takes time."""
    return max(MEMORY, 2 * most)


async def _read(request: Request, here: Here) -> Body:
    try:
        content = await request.body()
    except ClientDisconnect:
        raise Problem(400, "The connection ended before the request did.") from None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Body(content, kind, memory_for(here.settings.server.max_body_bytes))


Posted = Annotated[Body, Depends(_read)]
"""Parameter of a route: the body of the request."""


def parsed(content: bytes, memory: int = MEMORY) -> Any:
    """Return JSON; raise Problem for what is none, or whose values take more than `memory`."""
    try:
        return parse(content, memory)
    except DocumentError as error:
        raise wrong(error) from None


def wrong(error: DocumentError) -> Problem:
    """Return what is wrong with a document as a problem that names the field."""
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
    """Return the list that a field holds as JSON text; what requests sends of one is lost."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        raise Problem(400, USE_JSON, field="measurements")
    return parsed(value.encode("utf-8", "surrogatepass"))
