"""Read Jenkins' JSON as Jenkins writes it, which is not always JSON.

Before 2020 (jenkinsci/stapler#183) it left control characters of commit messages raw.
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
    return whole_characters(answer, response.content)
