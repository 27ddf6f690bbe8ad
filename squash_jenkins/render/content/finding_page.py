"""Gather the content of the page of a finding."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Self

from squash_jenkins.models.finding import (
    BETTER,
    NEUTRAL,
    NOISE,
    WORSE,
    Comment,
    SeriesChange,
    Triage,
)
from squash_jenkins.render.content import build_views, finding_views
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.levels import level_drawing, marked_spark
from squash_jenkins.store.rows import FindingRow, FormerFinding
from squash_jenkins.text import sentences
from squash_jenkins.text.evidence import evidence_facts
from squash_jenkins.text.numbers import change_text, counted, number_text
from squash_jenkins.text.quantities import quantity_text
from squash_jenkins.text.sentences import levels_text, limits_of, name_of
from squash_jenkins.verification.measurements import Verified

_WITHDRAWN = (
    "Later builds no longer show this finding. It stays listed because it was triaged or reported."
)
_ANEW = "Detection begins anew at that build; earlier builds are history."
_AS_REFERENCE = "Values are drawn as {} would have measured them: {}."
_LEVELS_OF_NODE = "Values are as measured; the levels are those of the commonest node."
_FAILED = "ended with {}, no value"
_WORDS = {WORSE: "worse", BETTER: "better", NEUTRAL: "changed"}
_SURE = ((1e-6, "very likely"), (1.0, "likely"))


def finding_inputs(site: Site, row: FindingRow) -> Mapping[str, Any]:
    """Return the inputs of a finding's page."""
    finding = row.finding
    line = site.detected.job_of(row)
    begins = site.stored.by_key(line)[finding.build]
    near = site.detected.near(row)
    series = {change.series for change in finding.series}
    history = site.measured.entries(near, series)
    suspects = site.suspects(row)
    return {
        "card": {**finding_views.card(site, row), "where": sentences.place(row.finding)},
        "job": {"name": site.title_of(line), "page": line.page},
        "state": finding_views.state_of(row),
        "notices": list(_notices(row)),
        "successor": _finding_link(site, site.detected.successor(row)),
        "build": {
            **build_views.link_of(begins),
            "jenkins": None if begins.replaced else begins.jenkins,
        },
        "facts": _facts(site, row),
        "evidence": evidence_facts(finding.series[0]),
        "drawing": _drawing(site, row, near, history),
        "range": _range(site, row, suspects["last_good"]),
        "series": [_series(site, row, each, near, history) for each in finding.series],
        "suspects": suspects["rows"],
        "no_suspect": suspects["reason"],
        "thread": _thread(site, row),
    }


def former_inputs(site: Site, former: FormerFinding) -> Mapping[str, Any]:
    """Return the inputs of the page at the address of a finding that is no longer detected."""
    line = site.stored.jobs_by_key[former.job]
    begins = site.stored.by_key(line)[former.build]
    return {
        "name": former.name,
        "headline": former.headline,
        "job": {"name": site.title_of(line), "page": line.page},
        "build": build_views.link_of(begins),
        "successor": _finding_link(site, former.successor),
    }


def _finding_link(site: Site, name: str | None) -> Mapping[str, str] | None:
    return None if name is None else {"name": name, "page": site.links.finding(name)}


def _notices(row: FindingRow) -> Iterator[str]:
    if row.withdrawn:
        yield _WITHDRAWN
    if row.accepted is not None:
        text = sentences.acceptance_text(row.accepted)
        yield f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'} {_ANEW}"


def _facts(site: Site, row: FindingRow) -> list[list[Any]]:
    """Return pairs of name and text; empty facts are left out."""
    finding = row.finding
    leading = finding.series[0]
    limits = limits_of(finding)
    own = site.stored.by_key(site.detected.job_of(row))
    ended = "" if finding.ended is None or row.accepted else f"in #{own[finding.ended].number}"
    what = "spread " if leading.kind == NOISE else ""
    facts = [
        ["metric", name_of(leading)],
        [f"{what}before", _value(leading.before, leading.unit, [leading.after, *limits])],
        [f"{what}after", _value(leading.after, leading.unit, [leading.before, *limits])],
        ["effect", effect_text(leading)],
        ["noise", _noise(leading)],
        ["confidence", _confidence(leading)],
        ["nodes", leading.nodes or ""],
        ["specification", leading.specification],
        ["accepted", "" if row.accepted is None else sentences.acceptance_text(row.accepted)],
        ["ended", ended],
    ]
    return [[word, text] for word, text in facts if text]


def effect_text(change: SeriesChange) -> str:
    """Return an effect in its unit, in percent and in multiples of the noise."""
    if change.before is None or change.after is None:
        return ""
    effect = change.after - change.before
    sign = "+" if effect > 0 else ""
    parts = [
        f"{sign}{quantity_text(effect, change.unit)}",
        change_text(change.after, change.before),
    ]
    parts.append(f"{number_text(abs(effect) / change.sigma)}× the noise" if change.sigma else "")
    return ", ".join(part for part in parts if part)


def _value(value: float | None, unit: str | None, beside: Iterable[float | None] = ()) -> str:
    return "" if value is None else quantity_text(value, unit, beside)


def _noise(change: SeriesChange) -> str:
    return (
        f"typical build-to-build difference {_value(change.sigma, change.unit)}"
        if change.sigma
        else ""
    )


def _confidence(change: SeriesChange) -> str:
    if change.p_value is None:
        return ""
    word = next(word for limit, word in _SURE if change.p_value <= limit)
    strength = change.strength
    return word if strength is None else f"{word}, {number_text(strength)} standard errors"


def _series(
    site: Site,
    row: FindingRow,
    change: SeriesChange,
    near: Sequence[BuildLine],
    history: Mapping[Any, Sequence[Verified | None]],
) -> Mapping[str, Any]:
    numbers, starts = finding_views.numbers(site, row), finding_views.starts(site, row)
    values = _Values.of(site, row, change, near, history).shown
    begin = next((at for at, build in enumerate(near) if build.key == change.build), -1)
    return {
        "metric": change.metric,
        "name": name_of(change),
        "page": finding_views.series_page(site, row, change),
        "place": " · ".join(part for part in (change.dataset, change.filter) if part),
        "kind": change.kind,
        "specification": change.specification,
        "direction": change.direction,
        "word": _WORDS[change.direction],
        "levels": levels_text(change),
        "effect": effect_text(change),
        "since": sentences.dated_build(numbers[change.build], starts[change.build]),
        "over": ""
        if change.ended is None
        else sentences.dated_build(numbers[change.ended], starts[change.ended]),
        "statistics": change.statistics,
        "spark": marked_spark(values, begin),
    }


def _values(
    entries: Sequence[Verified | None] | None, near: Sequence[BuildLine]
) -> list[float | None]:
    return [None if each is None else each.value for each in entries or [None] * len(near)]


class _Values(NamedTuple):
    """The values of a series in nearby builds, as they are drawn beside the levels.

    Levels are those of the commonest node, so values of other nodes are `shown` as it would have
    measured them, where their effects are known; `note` says so.
    """

    measured: Sequence[float | None]
    shown: Sequence[float | None]
    note: str = ""

    @classmethod
    def of(
        cls,
        site: Site,
        row: FindingRow,
        change: SeriesChange,
        near: Sequence[BuildLine],
        history: Mapping[Any, Sequence[Verified | None]],
    ) -> Self:
        values = _values(history.get(change.series), near)
        if not change.nodes:
            return cls(values, values)
        dependence = next(
            (
                each
                for each in site.detected.dependences(site.detected.job_of(row))
                if each.series == change.series and each.unit == (change.unit or "")
            ),
            None,
        )
        if dependence is None:
            return cls(values, values, _LEVELS_OF_NODE)
        nodes = site.build_details.nodes_of(near, change.dataset or "", change.filter or "")
        shown = [
            None if value is None else dependence.corrected(value, node)
            for value, node in zip(values, nodes, strict=True)
        ]
        return cls(values, shown, _AS_REFERENCE.format(dependence.reference, dependence.text))

    def title(self, at: int, unit: str | None) -> str:
        """Return what was measured, and what is drawn where that differs."""
        measured, shown = self.measured[at], self.shown[at]
        text = _value(measured, unit)
        return text if measured == shown else f"{text}, drawn as {_value(shown, unit)}"


def _drawing(
    site: Site,
    row: FindingRow,
    near: Sequence[BuildLine],
    history: Mapping[Any, Sequence[Verified | None]],
) -> Mapping[str, Any] | None:
    leading = row.finding.series[0]
    values = _Values.of(site, row, leading, near, history)
    at = {build.key: position for position, build in enumerate(near)}
    place = (at.get(leading.build), at.get(leading.first), at.get(leading.last))
    if None in place:
        return None
    levels = (None, None) if leading.kind == NOISE else (leading.before, leading.after)
    drawing = level_drawing(values.shown, place, levels)  # type: ignore[arg-type] # no None in it
    if drawing is None:
        return None
    titles = [f"#{b.number}: {values.title(at, leading.unit)}" for at, b in enumerate(near)]
    return {
        **drawing,
        "points": [{"title": titles[at], "x": x, "y": y} for at, x, y in drawing["points"]],
        "name": name_of(leading),
        "note": values.note,
        "from": near[0].number,
        "to": near[-1].number,
    }


def _range(site: Site, row: FindingRow, last_good: int | None) -> Mapping[str, Any]:
    """Return the builds from the last good one to the last where it may have begun."""
    own = site.stored.by_key(site.detected.job_of(row))
    finding = row.finding
    start = own[finding.first if last_good is None else last_good].position
    between = site.builds(site.detected.job_of(row))[start : own[finding.last].position + 1]
    return {
        "builds": [_in_range(build, row, last_good) for build in between],
        "missing": _missing(between),
        "last_good": last_good is not None,
    }


def _in_range(build: BuildLine, row: FindingRow, last_good: int | None) -> Mapping[str, Any]:
    finding = row.finding
    role = ""
    if build.key == last_good:
        role = "last good build"
    elif build.key == finding.build:
        role = "most likely began here"
    elif build.failed:
        role = _FAILED.format(build.row.result)
    elif build.key in (finding.first, finding.last):
        role = "may have begun here"
    return {**build_views.link_of(build), **build_views.result_of(build), "role": role}


def _missing(builds: Sequence[BuildLine]) -> str:
    """List the builds that are missing between these."""
    gaps = []
    for before, after in pairwise(builds):
        if after.number - before.number > 1:
            gaps.append(build_views.range_text(before.number + 1, after.number - 1))
    count = build_views.missing(builds)
    return f"{counted(count, 'build')} missing in between: {', '.join(gaps)}." if gaps else ""


def _thread(site: Site, row: FindingRow) -> list[Mapping[str, Any]]:
    """Return triage and comments, the oldest first."""
    triage, comments = site.detected.triage(row), site.detected.comments(row)
    entries = [*(_triage_entry(site, each) for each in triage), *map(_comment_entry, comments)]
    return sorted(entries, key=lambda entry: entry["when"])


def _comment_entry(comment: Comment) -> Mapping[str, Any]:
    when = build_views.seconds(comment.created)
    return {"comment": comment.key, "who": comment.who, "when": when, "note": comment.note}


def _triage_entry(site: Site, triage: Triage) -> Mapping[str, Any]:
    ticket = triage.ticket or ""
    return {
        "comment": 0,
        "undone": f"undone by {triage.undone_by}" if triage.undone else "",
        "assignee": triage.assignee or "",
        "ticket_url": site.ticket_url(ticket) if ticket else "",
        "who": triage.who,
        "state": finding_views.state_word(triage),
        "when": build_views.seconds(triage.created),
        "note": triage.note or "",
        "ticket": ticket,
    }
