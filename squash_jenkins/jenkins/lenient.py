"""Read Jenkins' JSON as Jenkins writes it, which is not always valid.

Before 2020 (jenkinsci/stapler#183) it did not escape control characters in commit messages.
"""

from typing import Any

import requests

from squash_jenkins.errors import UnexpectedAnswer
from squash_jenkins.jenkins.characters import whole_characters


def read_json(response: requests.Response) -> Any:
    """Return the JSON of an answer.

    Raises
    ------
    UnexpectedAnswer
        It cannot be read, for example because it ends too early.

    """
    try:
        answer = response.json(strict=False)
    except (requests.exceptions.JSONDecodeError, RecursionError) as error:
        place = (response.url or "").partition("?")[0]
        raise UnexpectedAnswer(
            f"{place} was answered with JSON that cannot be read ({error}): check Jenkins' log "
            "and, if there is a proxy in front of it, the proxy's."
        ) from error
    return whole_characters(answer, response.content)
