"""Choose the new findings, and write one message about them."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from squash_jenkins.config import Settings
from squash_jenkins.models.finding import BETTER, WORSE
from squash_jenkins.notifications.apprise_process import Message
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow, JobRow
from squash_jenkins.text.growth import growth_text
from squash_jenkins.text.numbers import counted
from squash_jenkins.text.one_line import one_line
from squash_jenkins.text.sentences import (
    Starts,
    details,
    headline,
    place,
    verdict_word,
)

SHOWN = 10
"""How many findings are in a message; the others are counted."""
LIVELY = timedelta(days=30)
"""A job whose newest build is older has no news: it is being back-filled, or is idle."""
_TITLE, _LINE = 150, 500
"""Characters of a title and of a line, at most."""
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


class News(NamedTuple):
    """Hold a finding and the job that it is of."""

    job: JobRow
    row: FindingRow


def news(settings: Settings, reader: Reader, now: datetime) -> list[News]:
    """Return the findings to notify people of, what got worse first, then what got better.

    They are worse (or better, with ``notify.improvements``), still hold, nobody has triaged
    them, and they began among the newest builds (``findings.recent``) of a job that still
    builds at `now` (UTC); a drift still moves there. So a first backfill of years reports what is
    new today, and no more.
    """
    wanted = (WORSE, BETTER) if settings.notify.improvements else (WORSE,)
    found = []
    for job in reader.builds.jobs():
        if job.gone:
            continue
        newest = reader.builds.newest(job.key, settings.findings.recent)
        if newest and now - reader.builds.get(newest[0]).started <= LIVELY:
            rows = reader.findings.find(job.key)
            fresh = [row for row in rows if row.is_news(newest)]
            found += [News(job, row) for row in fresh if row.finding.direction in wanted]
    return sorted(found, key=lambda each: wanted.index(each.row.finding.direction))


def compose(
    chosen: Sequence[News],
    numbers: Mapping[int, int],
    page_url: Callable[[FindingRow], str],
    starts: Starts,
) -> Message:
    """Return one message about findings, at least one.

    `numbers` gives the number of each build by key for the first `SHOWN` findings, `starts` when
    it started; `page_url` the page of a finding, empty where it has none that people can reach.
    """
    several = len({each.job.key for each in chosen}) > 1
    parts = [
        _part(each, details(each.row.finding, numbers, starts), page_url, several)
        for each in chosen[:SHOWN]
    ]
    if len(chosen) > SHOWN:
        parts.append(f"and {len(chosen) - SHOWN} more")
    worse = any(each.row.finding.direction == WORSE for each in chosen)
    return Message(_title(chosen), "\n\n".join(parts), "warning" if worse else "success")


def _title(chosen: Sequence[News]) -> str:
    counts = Counter(verdict_word(each.row.finding) for each in chosen)
    title = ", ".join(counted(count, word) for word, count in counts.items())
    if len(chosen) == 1:
        title += f": {headline(chosen[0].row.finding)}"
    jobs = {each.job.key: each.job.name for each in chosen}
    where = next(iter(jobs.values())) if len(jobs) == 1 else counted(len(jobs), "job")
    return plain(f"{title} in {where}", _TITLE)


def _part(
    each: News,
    about: str,
    page_url: Callable[[FindingRow], str],
    several: bool,
) -> str:
    finding = each.row.finding
    where = place(finding)
    head = f"{headline(finding)} ({where})" if where else headline(finding)
    lines = [f"{each.job.name}: {head}" if several else head, about]
    if each.row.growth is not None and each.row.triage is not None:
        lines.append(f"It {growth_text(each.row.growth, each.row.triage.state)}.")
    return "\n".join([*(plain(line, _LINE) for line in lines), page_url(each.row)]).rstrip()


def plain(text: str, limit: int) -> str:
    """Return one line of text without what would break a message or mention people.

    Names come from Jenkins and from QA files: a metric called ``@everyone`` would wake a channel.
    """
    return _MENTION.sub("@\u200b", one_line(text, limit))
