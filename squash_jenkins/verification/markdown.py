"""Write the status of builds in Markdown, for a comment on a pull request.

Names and texts come from Jenkins and from QA files: none of them can make a table cell, a link, a
tag, a mention of somebody or a reference to an issue.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from squash_jenkins.models.finding import WORSE
from squash_jenkins.text.numbers import counted
from squash_jenkins.text.one_line import one_line
from squash_jenkins.text.sentences import details, headline, place, verdict_word
from squash_jenkins.text.specification import limit_text
from squash_jenkins.verification.build import BuildStatus, Code
from squash_jenkins.verification.comparison import Compared, Comparison
from squash_jenkins.verification.comparison_text import (
    counts_text,
    noise_text,
    percent_text,
    usual_text,
)
from squash_jenkins.verification.summary import Miss, Pages, before_text, summary_of, value_text

_NAMED = 10
"""How many rows of a table, and builds of a matrix, are shown; the others are counted."""
_COMPARED = 30
"""How many rows of the comparison with the target are shown."""
_CELL = 300
"""Characters of a text, at most."""
_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "|": "&#124;",
    "`": "&#96;",
    "\\": "&#92;",
    "$": "&#36;",
}
_SIGNS = re.compile(r"""[&<>"|`\\$*_\[\]~]""")
_HIDDEN = "\u200b"
_REFERENCES = re.compile(
    r"(?<=[@#!~%$&:^])(?=[^\s])|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-)", re.IGNORECASE
)
"""Between these the hosts of repositories would see a mention, an issue, an address or a smiley."""


def markdown(statuses: Sequence[BuildStatus], pages: Pages) -> str:
    """Return a short summary: verdict, what got worse, what is missed, changes of code, link."""
    shown = [each for each in statuses if each.measurements or each.news] or statuses[:1]
    lines = [line for status in shown[:_NAMED] for line in _build(status, pages)]
    if len(shown) > _NAMED:
        lines.append(f"… and {counted(len(shown) - _NAMED, 'more build')}\n")
    return "\n".join(lines)


def markdown_of_nothing(title: str, reason: str) -> str:
    """Return the text for a build that could not be verified."""
    return f"**{escaped(title)}**: {escaped(reason)}\n"


def escaped(text: str, limit: int = _CELL) -> str:
    """Return text that shows as it is in Markdown, in a table, and in HTML made from it."""
    apart = _REFERENCES.sub(_HIDDEN, one_line(text, limit))
    return _SIGNS.sub(lambda sign: _ENTITIES.get(sign[0], f"\\{sign[0]}"), apart)


def linked(text: str, url: str) -> str:
    """Return text that leads to an address; text alone when there is none on the web."""
    shown = escaped(text)
    if not url.startswith(("http://", "https://")):
        return shown
    return f"[{shown}]({quote(url, safe='/:?=&%,;@+~#-._')})"


def _build(status: BuildStatus, pages: Pages) -> Iterator[str]:
    url = pages.build(status)
    summary = summary_of(status)
    yield f"**{linked(status.title, url)}**: {escaped(summary.verdict())}"
    yield ""
    worse = [
        [
            linked(headline(row.finding), pages.finding(row)),
            escaped(place(row.finding)),
            escaped(details(row.finding, status.numbers, status.starts)),
        ]
        for row in status.regressions
    ]
    words = {verdict_word(row.finding): None for row in status.regressions}
    title = " or ".join(words).capitalize() or "Regression"
    yield from _table((title, "Where", "Details"), worse)
    yield from _comparison(status.comparison)
    missed = [_missed(miss) for miss in _loosest(summary.missed)]
    yield from _table(("Misses", "Where", "Value", "Required", "Before"), missed)
    if status.code is not None:
        yield _code(status.code)
        yield ""


def _comparison(comparison: Comparison | None) -> Iterator[str]:
    """Yield the comparison with the target as a table, what got worse first."""
    if comparison is None:
        return
    yield f"{escaped(_capitalized(counts_text(comparison)))}."
    yield ""
    titles = ("Metric", "Where", "Usual", "This build", "Change", "In noise", "Verdict")
    yield from _table(titles, [_compared(each) for each in comparison.compared], _COMPARED)


def _compared(each: Compared) -> list[str]:
    cells = [
        each.placed.name,
        each.placed.place,
        usual_text(each),
        value_text(each.placed),
        percent_text(each),
        noise_text(each).removesuffix(" the noise"),
        f"{each.verdict}: {each.reason}" if each.reason else each.verdict,
    ]
    shown = [escaped(cell) for cell in cells]
    return [*shown[:-1], f"**{shown[-1]}**" if each.verdict == WORSE else shown[-1]]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _loosest(missed: Iterable[Miss]) -> list[Miss]:
    """Return one miss of each measurement: what misses minimum misses the tighter levels, too."""
    found: dict[int, Miss] = {}
    for miss in missed:
        found.setdefault(id(miss.placed), miss)
    return list(found.values())


def _missed(miss: Miss) -> list[str]:
    cells = [
        miss.placed.name,
        miss.placed.place,
        value_text(miss.placed),
        limit_text(miss.verdict.specification),
        before_text(miss.placed),
    ]
    return [escaped(cell) for cell in cells]


def _table(
    titles: Sequence[str], rows: Sequence[Iterable[str]], most: int = _NAMED
) -> Iterator[str]:
    if not rows:
        return
    yield _row(titles)
    yield _row("---" for _ in titles)
    yield from (_row(cells) for cells in rows[:most])
    yield ""
    if len(rows) > most:
        yield f"… and {len(rows) - most} more"
        yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(code: Code) -> str:
    packages, commits = counted(code.packages, "package"), counted(code.commits, "commit")
    return f"{packages} changed and {commits} came in since {escaped(f'#{code.since}')}."
