"""Write why a build was started, in Jenkins' own words."""

from collections.abc import Callable
from typing import Any

from squash_jenkins.archive.xml_parts import Node


def read_cause(kind: str, cause: Node) -> dict[str, Any]:
    """Return a cause as Jenkins' JSON has it; `kind` is its Java class.

    Jenkins makes the text on request. Where a plug-in makes it, the words in the name of the class
    take its place.
    """
    name = kind.rpartition(".")[2].rpartition("$")[2].removesuffix("Cause")
    make = _SENTENCES.get(name)
    number = cause.text_of("upstreamBuild")
    return {
        "_class": kind,
        "shortDescription": make(cause) if make else _words(name),
        "userId": cause.text_of("userId") or cause.text_of("authenticationName"),
        "upstreamProject": cause.text_of("upstreamProject"),
        "upstreamBuild": int(number)
        if number and number.isdecimal() and len(number) < 10
        else None,
    }


def _by_user(cause: Node) -> str:
    return f"Started by user {cause.text_of('userId') or 'unknown or anonymous'}"


def _by_old_user(cause: Node) -> str:
    return f"Started by user {cause.text_of('authenticationName') or 'anonymous'}"


def _by_upstream(cause: Node) -> str:
    project, number = cause.text_of("upstreamProject"), cause.text_of("upstreamBuild")
    return f'Started by upstream project "{project}" build number {number}'


def _by_remote(cause: Node) -> str:
    note = cause.text_of("note")
    return f"Started by remote host {cause.text_of('addr')}" + (
        f" with note: {note}" if note else ""
    )


def _by_push(cause: Node) -> str:
    return f"Started by GitHub push by {cause.text_of('pushedBy') or ''}".removesuffix(" by ")


def _by_replay(cause: Node) -> str:
    return f"Replayed #{cause.text_of('originalNumber')}"


_SENTENCES: dict[str, Callable[[Node], str]] = {
    "UserId": _by_user,
    "User": _by_old_user,
    "Upstream": _by_upstream,
    "TimerTrigger": lambda cause: "Started by timer",
    "SCMTrigger": lambda cause: "Started by an SCM change",
    "Remote": _by_remote,
    "GitHubPush": _by_push,
    "Replay": _by_replay,
    "BranchIndexing": lambda cause: "Branch indexing",
    "LegacyCode": lambda cause: "Legacy code started this job. No cause information is available",
}


def _words(name: str) -> str:
    """Return ``Gerrit trigger`` for GerritTrigger."""
    parted = "".join(f" {each}" if each.isupper() else each for each in name).split()
    return " ".join(parted).capitalize()
