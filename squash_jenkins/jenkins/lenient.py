"""Read Jenkins' JSON as Jenkins writes it, which is not always JSON.

Before 2020 (jenkinsci/stapler#183) it left control characters of commit messages raw; half of a
surrogate pair comes where somebody cut a text within an emoji.
"""

import re
from typing import Any

import requests

from squash_jenkins.errors import UnexpectedAnswer

_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


def read_json(response: requests.Response) -> Any:
    """Return the JSON of an answer.

    Raises
    ------
    UnexpectedAnswer
        It cannot be read, as when it ends too early.

    """
    try:
        answer = response.json(strict=False)
    except (requests.exceptions.JSONDecodeError, RecursionError) as error:
        place = (response.url or "").partition("?")[0]
        raise UnexpectedAnswer(
            f"{place} was answered with JSON that cannot be read ({error}): look into Jenkins' "
            "log; if a proxy stands in front of it, into the proxy's, too."
        ) from error
    return _whole(answer) if _HALF.search(response.content) else answer


def _whole(value: Any) -> Any:
    """Return a value whose texts have a question mark in place of each half surrogate."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value
