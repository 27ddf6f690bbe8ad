"""Format findings for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from squash_jenkins.analysis.number_ranges import as_text
from squash_jenkins.findings.as_json import ListedFinding
from squash_jenkins.findings.suspects import CodeBetween, Suspects
from squash_jenkins.models.finding import DRIFT, Comment, SeriesChange, Triage
from squash_jenkins.text.dates import day_text, utc_text
from squash_jenkins.text.growth import growth_text
from squash_jenkins.text.numbers import change_text
from squash_jenkins.text.one_line import printable
from squash_jenkins.text.sentences import (
    acceptance_text,
    details,
    headline,
    levels_text,
    name_of,
    place,
    versions,
)

_WIDTH = 96
_SHOWN = 10
"""Number of suspects that are shown; JSON has all."""


def short_lines(each: ListedFinding) -> Iterator[str]:
    """Yield the lines of one finding in a list."""
    finding = each.row.finding
    build = f"{each.job.name} #{each.numbers[finding.build]}"
    yield printable(
        f"{each.row.name}  {finding.direction}, {each.state}  {build}"
        f"  {day_text(each.build.started)}"
    )
    where = place(finding)
    yield from _indented(f"{headline(finding)}{f' ({where})' if where else ''}")
    yield from _indented(details(finding, each.numbers, each.starts))
    if each.row.accepted is not None:
        yield from _indented(acceptance_text(each.row.accepted))
    if each.row.triage is not None:
        yield from _indented(_triage_text(each.row.triage))
        if each.row.growth is not None:
            yield from _indented(growth_text(each.row.growth, each.row.triage.state))


def long_lines(
    each: ListedFinding, found: Suspects, log: Sequence[Triage], comments: Sequence[Comment]
) -> Iterator[str]:
    """Yield the lines of one finding in full."""
    finding = each.row.finding
    where = place(finding)
    yield printable(f"{headline(finding)}{f' ({where})' if where else ''}")
    yield printable(f"{each.job.name}, finding {each.row.name}: {finding.direction}, {each.state}")
    if each.row.withdrawn:
        yield "Later builds no longer show it; it is kept because it was triaged or sent to people."
    yield ""
    yield from _indented(details(finding, each.numbers, each.starts), "")
    yield ""
    yield from _series_lines(finding.series, each.numbers)
    yield ""
    yield from _when_lines(each, found)
    yield ""
    yield from _suspect_lines(found)
    if log:
        yield ""
        yield "Triage, oldest first"
        for triage in log:
            yield from _indented(f"{utc_text(triage.created)} {_triage_text(triage)}")
    if comments:
        yield ""
        yield "Comments, oldest first"
        for comment in comments:
            yield from _indented(f"{utc_text(comment.created)} {comment.who}: {comment.note}")
    yield ""
    yield f"Page: {each.url}"


def _series_lines(series: Sequence[SeriesChange], numbers: Mapping[int, int]) -> Iterator[str]:
    """Yield a table of the series, each with its statistics in words."""
    yield "Series"
    rows = [_cells(each, numbers) for each in series]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells, each in zip(rows, series, strict=True):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield printable(f"  {'  '.join(padded)}".rstrip())
        said = [each.specification, each.statistics]
        yield from _indented("; ".join(part for part in said if part), "      ")


def _cells(change: SeriesChange, numbers: Mapping[int, int]) -> tuple[str, ...]:
    where = " · ".join(part for part in (change.dataset, change.filter) if part)
    return (
        name_of(change),
        where,
        f"{change.kind}, {change.direction}",
        levels_text(change),
        change_text(change.after, change.before),
        f"#{numbers[change.build]}",
    )


def _when_lines(each: ListedFinding, found: Suspects) -> Iterator[str]:
    """Yield when it began, how certain that is, and the builds between."""
    finding, numbers = each.row.finding, each.numbers
    yield "When"
    began = f"#{numbers[finding.build]}, started {utc_text(each.build.started)}"
    if finding.kind == DRIFT:
        text = f"From #{numbers[finding.first]} to #{numbers[finding.last]}."
    elif finding.first == finding.last:
        text = f"At {began}; no other build is possible."
    else:
        first, last = numbers[finding.first], numbers[finding.last]
        text = f"Most likely at {began}; the first possible build is #{first}, the last #{last}."
    if each.row.accepted is not None:
        text += f" It was {acceptance_text(each.row.accepted)}."
    elif finding.ended is not None:
        text += f" It ended at #{numbers[finding.ended]}."
    yield from _indented(text)
    if found.last_good is None:
        yield from _indented("No earlier build measured it.")
        return
    yield from _indented(f"Last good build: #{numbers[found.last_good]}.{_gap_text(found)}")


def _gap_text(found: Suspects) -> str:
    text = ""
    if found.between:
        named = [f"#{each.number} {each.result or 'unknown'}" for each in found.between]
        text += f" Between: {', '.join(named)}."
    if found.missing:
        text += f" Not stored: {as_text(found.missing)}."
    return text


def _suspect_lines(found: Suspects) -> Iterator[str]:
    """Yield the suspects, the most likely first."""
    yield "Suspects"
    if not found.suspects:
        yield "  No code change is known in that range."
    for suspect in found.suspects[:_SHOWN]:
        yield from _indented(f"{suspect.score:.2f}  {suspect.name}  {suspect.text}")
        yield from _indented("; ".join(suspect.reasons), "        ")
        if suspect.url:
            yield f"        {printable(suspect.url)}"
    if len(found.suspects) > _SHOWN:
        yield f"  … and {len(found.suspects) - _SHOWN} more (--json has all)"
    if found.code.reason:
        yield from _indented(found.code.reason)


def code_lines(code: CodeBetween, numbers: Mapping[int, int]) -> Iterator[str]:
    """Yield the lines about code changes: packages, then Jenkins' change sets."""
    packages = code.packages
    if packages is None:
        yield f"Packages: unknown. {code.reason}"
    elif not packages:
        yield "Packages: no changes."
    else:
        yield "Packages"
    for each in packages or ():
        yield printable(f"  {each.kind:<8} {each.name}  {versions(each.old, each.new)}")
        if each.url:
            yield f"           {printable(each.url)}"
    if not code.commits:
        yield "Commits: Jenkins lists none."
    else:
        yield "Commits undone" if code.backwards else "Commits"
    for key, change in code.commits:
        message = change.message.strip().partition("\n")[0]
        revision = change.revision[:8]
        yield from _indented(f"#{numbers[key]} {revision} {change.author}: {message}")


def _triage_text(triage: Triage) -> str:
    """Return one triage as a line."""
    state = triage.state if triage.fixed_in is None else f"fixed in #{triage.fixed_in}"
    text = f"{triage.who}: {state}"
    if triage.ticket:
        text += f" ({triage.ticket})"
    if triage.assignee:
        text += f", assigned to {triage.assignee}"
    if triage.undone_by:
        text += f", undone by {triage.undone_by}"
    return f"{text}: {triage.note}" if triage.note else text


def _indented(text: str, by: str = "  ") -> list[str]:
    """Return text wrapped to the width; further lines are indented more."""
    if not text:
        return []
    return wrap(
        printable(text),
        _WIDTH,
        initial_indent=by,
        subsequent_indent=by + "  " if by else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
