"""Write one marked line with the dashboard's URL into a build's description.

The visible text is the mark: Jenkins' formatters, or somebody who edits the description, may drop
comments and attributes, but keep the words "QA dashboard" with a link. The default formatter
escapes everything and makes no links; Safe HTML keeps ``<a>`` and ``<div>``.
"""

import html
import re
from typing import Literal, get_args
from urllib.parse import quote

from squash_jenkins.jenkins.answers import MARK
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId
from squash_jenkins.text.one_line import one_line

_OURS = re.compile(
    rf"{MARK}: \S+ — .*"
    rf"|(?:<div>)?<a href=\"[^\"<>]*\">{MARK}</a> — .*"
)
Markup = Literal["plain", "html"]
_PROBE = "https://qa.example.org/"
_LINK = re.compile(rf"<a\s[^<>]*href=[\"']?{re.escape(_PROBE)}")
_LINE_END = re.compile(r"(\r\n|\r|\n)")
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


def link_line(url: str, summary: str, markup: Markup) -> str:
    """Return the marked line with `summary` on one line; ``html`` escapes it and the URL."""
    target = quote(url, safe=_URL_CHARACTERS)
    text = one_line(summary, None) or "results of this build"
    if markup == "plain":
        return f"{MARK}: {target} — {text}"
    # A block of its own, as line ends mean nothing in HTML.
    return f'<div><a href="{html.escape(target)}">{MARK}</a> — {html.escape(text)}</div>'


def merge_description(old: str | None, line: str) -> str:
    """Return `old` with our marked line replaced by `line`, or added at the end.

    All other text stays as it is, byte for byte, whatever its line ends (browsers send CR LF).
    Merging again changes nothing; a second line of ours (two writers at once) is dropped.
    """
    pieces = _LINE_END.split(old or "")
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    ours = [at for at, text in enumerate(lines) if _OURS.fullmatch(text)]
    if not ours:
        return _append(old or "", line)
    lines[ours[0]] = line
    return "".join(
        text + end
        for at, (text, end) in enumerate(zip(lines, ends, strict=True))
        if at not in ours[1:]
    )


def has_line(description: str | None) -> bool:
    """Return whether a description has our line."""
    return any(_OURS.fullmatch(line) for line in _LINE_END.split(description or ""))


def other_text(description: str | None) -> str | None:
    """Return what people wrote into a description: everything but our line and a final line end.

    What is stored of a build must not change when it is linked.
    """
    pieces = _LINE_END.split(description or "")
    others = [
        text + end
        for text, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
        if not _OURS.fullmatch(text)
    ]
    return "".join(others).rstrip("\r\n") or None


def link_back(
    client: JenkinsClient,
    build: BuildId,
    url: str,
    summary: str,
    markup: Markup,
    *,
    add: bool = True,
) -> bool:
    """Set the marked line in a build's description; return whether anything changed.

    Nothing is sent when the line is there already or, without `add`, when there is no line.

    Raises
    ------
    JenkinsError
        Any of its kinds; PermissionMissing when the user lacks Run/Update.
    """
    old = client.description(build)
    if not add and not has_line(old):
        return False
    new = merge_description(old, link_line(url, summary, markup))
    if new == old:
        return False
    client.describe(build, new)
    return True


def linking_markups(client: JenkinsClient) -> list[Markup]:
    """Return the markups in which this Jenkins shows our line as a link.

    None with the default formatter, ``html`` where Safe HTML is on. Nothing is stored.

    Raises
    ------
    JenkinsError
        Jenkins does not let this user try it.
    """
    return [
        markup
        for markup in get_args(Markup)
        if _LINK.search(client.formatted(link_line(_PROBE, "", markup)))
    ]


def _append(old: str, line: str) -> str:
    if not old or old.endswith(("\r", "\n")):
        return old + line
    found = _LINE_END.search(old)
    return old + (found.group(1) if found else "\n") + line
