"""Find who is notified: the Apprise URLs of the settings, without disclosing any part of them."""

import hashlib
import re
from importlib.util import find_spec
from typing import NamedTuple

from pydantic import SecretStr

from squash_jenkins.config import Settings

_COMMENT = re.compile(r"(?:^|\s)#.*")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,19})://", re.IGNORECASE)
INSTALL = (
    "Apprise, which sends notifications, is not installed: pip install squash-jenkins[notify]."
)


class Target(NamedTuple):
    """Hold one place that messages go to.

    `name` is fit to be shown: the kind of service and where its URL stands, as the rest of an
    Apprise URL, even the host, may be a secret. `digest` is the URL's SHA-256.
    """

    name: str
    url: SecretStr
    digest: str


class Targets(NamedTuple):
    """Hold all targets, each URL once, and what is wrong with the settings of them."""

    found: list[Target]
    faults: list[str]


def targets(settings: Settings) -> Targets:
    """Return where messages go, from ``notify.urls`` and ``notify.urls_file``."""
    own = settings.notify
    urls = [
        (url.get_secret_value().strip(), f"notify.urls, entry {place}")
        for place, url in enumerate(own.urls, 1)
    ]
    faults = []
    try:
        urls += _of_file(settings)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        faults.append(
            f"notify.urls_file {own.urls_file} cannot be read: {why}. Nobody in it is notified."
        )
    found: dict[str, Target] = {}
    for url, place in urls:
        digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        if url:
            found.setdefault(digest, Target(_shown(url, place), SecretStr(url), digest))
    return Targets(list(found.values()), faults)


def sendable() -> bool:
    """Return whether Apprise is installed, without importing it."""
    return find_spec("apprise") is not None


def _of_file(settings: Settings) -> list[tuple[str, str]]:
    """Return the URLs of the file and where each stands; a blank before # makes a comment."""
    file = settings.notify.urls_file
    if file is None:
        return []
    lines = (settings.folder.resolve() / file).read_text(encoding="utf-8-sig").splitlines()
    return [
        (_COMMENT.sub("", line).strip(), f"{file}, line {number}")
        for number, line in enumerate(lines, 1)
    ]


def _shown(url: str, place: str) -> str:
    scheme = _SCHEME.match(url)
    return f"{scheme[1].lower()}:// ({place})" if scheme else f"a URL without a scheme ({place})"
