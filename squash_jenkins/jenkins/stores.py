"""Explain the refusals of an object store that Jenkins redirects to for a file."""

import re
from urllib.parse import urlsplit

import requests

from squash_jenkins.config import Controller
from squash_jenkins.errors import ArtifactRefused

_CODE = re.compile(r"<Code>([\w.]{1,60})</Code>")
"""The reason in the XML that S3 and similar stores answer with."""


def is_elsewhere(response: requests.Response, controller: Controller) -> bool:
    """Return whether another host than Jenkins answered."""
    return urlsplit(response.url or "").netloc not in ("", urlsplit(controller.url).netloc)


def refused_by_store(
    response: requests.Response, text: str, controller: Controller
) -> ArtifactRefused:
    """Return the error for a refusal, without the URL, which may hold a signature."""
    host, code = urlsplit(response.url or "").netloc, _CODE.search(text)
    return ArtifactRefused(
        f"{host}, where Jenkins at {controller.url} has it, refused it with status "
        f"{response.status_code}{f' ({code[1]})' if code else ''}: ask its administrator for "
        "access."
    )
