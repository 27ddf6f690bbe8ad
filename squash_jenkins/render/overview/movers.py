"""List what moved most: findings, missed specifications and failed builds, grouped by job."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import BETTER, DRIFT, NEUTRAL, STEP, WORSE, SeriesChange
from squash_jenkins.render.content import build_views, finding_views
from squash_jenkins.render.overview.job_cards import series_page
from squash_jenkins.render.overview.series_rows import MISSES, SeriesRow, by_series, rows_of
from squash_jenkins.render.site.causes import by_cause
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import spark_line
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import counted, number_text
from squash_jenkins.text.sentences import levels_text, limits_of, place

_SHOWN, _LISTED = 4, 60
"""Rows of a group that are shown at once, and that are listed at all."""
_RANK = {WORSE: 0, NEUTRAL: 1, BETTER: 2}
_FAILED, _FINDING, _MISS = range(3)
Row = Mapping[str, Any]


def movers(site: Site, jobs: Sequence[JobLine]) -> list[Mapping[str, Any]]:
    """Return the groups of rows of jobs with builds, the largest move for the worse first.

    Findings with one cause in several jobs are a group, other rows are grouped by job.
    """
    causes = _causes(site, jobs)
    groups: dict[str, list[Row]] = {}
    heads: dict[str, Mapping[str, Any]] = {}
    for job in jobs:
        for row in _rows(site, job):
            cause = causes.get(row["finding"]["name"]) if row["finding"] else None
            head = _cause_head(cause) if cause else {"title": row["job"], "page": job.page}
            heads.setdefault(head["title"], {"page": None, "url": None, "note": "", **head})
            groups.setdefault(head["title"], []).append(_placed(row) if cause else row)
    found = [_group(heads[title], rows) for title, rows in groups.items()]
    return sorted(found, key=lambda group: group["rank"])


def _causes(site: Site, jobs: Sequence[JobLine]) -> Mapping[str, Mapping[str, Any]]:
    """Return by name of a finding the code change that it has in common with other jobs."""
    rows = [row for job in jobs for row in site.findings(job) if row.open]
    groups = by_cause([finding_views.card(site, row) for row in rows])
    return {
        card["name"]: {**group["cause"], "jobs": len({each["job"] for each in group["cards"]})}
        for group in groups
        if "cause" in group
        for card in group["cards"]
    }


def _cause_head(cause: Mapping[str, Any]) -> Mapping[str, Any]:
    note = f"first suspect in {counted(cause['jobs'], 'job')}"
    return {"title": f"{cause['name']} {cause['text']}", "url": cause["url"], "note": note}


def _placed(row: Row) -> Row:
    """Return a row that names its job, since its group does not; the group names the suspect."""
    places = [row["job"], row["place"]]
    return {**row, "place": " · ".join(part for part in places if part), "suspects": ""}


def _group(head: Mapping[str, Any], rows: list[Row]) -> Mapping[str, Any]:
    rows.sort(key=lambda row: row["rank"])
    shown = [row for row in rows[:_SHOWN] if row["direction"] != BETTER or row is rows[0]]
    rest = rows[len(shown) :]
    return {
        **head,
        "rank": rows[0]["rank"],
        "rows": shown,
        "more": rest[:_LISTED],
        "more_text": _counted(rest),
        "unlisted": max(0, len(rest) - _LISTED),
    }


def _counted(rows: Sequence[Row]) -> str:
    """Count rows by their direction, such as ``3 worse and 2 better``."""
    words = ("worse", "changed", "better")
    counts = [sum(row["rank"][0] == rank for row in rows) for rank in range(len(words))]
    parts = [f"{many} {word}" for many, word in zip(counts, words, strict=True) if many]
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _rows(site: Site, job: JobLine) -> list[Row]:
    known = by_series(rows_of(site, job))
    title = site.title_of(job)
    rows = [*_failed(site.builds(job)[-1])]
    findings = [row for row in site.findings(job) if row.open]
    rows += [_finding(site, row, known) for row in findings]
    told = finding_views.worse_series(site.findings(job))
    for series, row in known.items():
        if row.tone == MISSES and series not in told:
            rows.append(_miss(site, job, row))
    return [{"job": title, **row} for row in rows]


def _failed(build: BuildLine) -> Iterator[Row]:
    if build.failed:
        yield {
            "what": f"The newest build ended with {build.row.result}",
            "page": build.page,
            "place": "",
            "text": "",
            "times": "",
            "word": "failed",
            "tone": "misses",
            "direction": WORSE,
            "since": build_views.link_of(build),
            "spark": None,
            "rank": [0, _FAILED, 0.0],
            "finding": None,
            "asks": None,
            "suspects": "",
        }


def _finding(site: Site, row: FindingRow, known: Mapping[SeriesId, SeriesRow]) -> Row:
    finding, card = row.finding, finding_views.card(site, row)
    leading = finding.series[0]
    of_series = known.get(leading.series)
    others = len({change.series for change in finding.series}) - 1
    also = f" · {counted(others, 'more series', 'more series')}" if others else ""
    return {
        "what": card["headline"],
        "page": card["page"],
        "place": place(finding),
        "text": levels_text(leading, limits_of(finding)) + also,
        "times": _multiples(leading),
        "word": card["word"],
        "tone": card["tone"],
        "direction": card["direction"],
        "since": card["begins"],
        "spark": spark_line(of_series.past) if of_series else None,
        "rank": [_RANK[finding.direction], _FINDING, -_times(finding.series)],
        "finding": {name: card[name] for name in ("name", "command", "said")},
        "asks": card["asks"],
        "suspects": _suspects(site.suspects(row)),
    }


def _suspects(suspects: Mapping[str, Any]) -> str:
    """Name the first suspect and count the others; empty for none."""
    rows = suspects["rows"]
    if not rows:
        return ""
    others = len(rows) - 1 + suspects["more"]
    return f"{rows[0]['name']} {rows[0]['text']}" + (f" and {others} more" if others else "")


def _times(changes: Sequence[SeriesChange]) -> float:
    """Return the largest move of the changes in units of the noise."""
    sizes = (
        abs(each.after - each.before) / each.sigma
        for each in changes
        if each.after is not None and each.before is not None and each.sigma
    )
    return max(sizes, default=0.0)


def _multiples(change: SeriesChange) -> str:
    times = _times([change]) if change.kind in (STEP, DRIFT) else 0.0
    drifting = " in all" if change.kind == DRIFT else ""
    return f"{number_text(times)}× the noise{drifting}" if times else ""


def _miss(site: Site, job: JobLine, row: SeriesRow) -> Row:
    missed = row.missed
    begin = site.stored.by_key(job)[missed.build if missed else row.build]
    wanted = row.status.removeprefix("misses ")
    limit = next((str(text) for level, _, text in row.limits if level == wanted), "")
    times = row.times
    return {
        "what": f"{row.name(site.short_names)} {row.status}",
        "page": series_page(site, job, row),
        "place": " · ".join(part for part in (row.dataset, row.filter) if part),
        "text": " ".join(part for part in (row.text, f"({limit})" if limit else "") if part),
        "times": f"in {counted(missed.builds, 'build')}" if missed else "",
        "word": row.word,
        "tone": row.tone,
        "direction": WORSE,
        "since": build_views.link_of(begin),
        "spark": spark_line(row.past),
        "rank": [0, _MISS, -abs(times or 0.0)],
        "finding": None,
        "asks": None,
        "suspects": "",
    }
