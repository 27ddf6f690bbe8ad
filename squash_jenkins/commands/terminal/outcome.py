"""Print the outcome of a run as text and JSON, for every command that ingests builds."""

import json
import re
import resource
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from squash_jenkins.findings.as_json import facts as finding_facts
from squash_jenkins.ingest.file_notes import notes
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.workspace import READ_FROM
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import counted
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.comparison_text import comparison_json
from squash_jenkins.verification.summary import Miss, Summary


def warn(sentences: Iterable[str]) -> None:
    """Print warnings to standard error."""
    for sentence in sentences:
        click.echo(f"squash-jenkins: warning: {sentence}", err=True)


def print_outcome(outcome: Outcome, as_json: bool, missed: Sequence[str] = ()) -> None:
    """Print the outcome; the URL of the dashboard comes last, as a link in Jenkins' console.

    `missed` are the limits of ``--fail-on`` that make the command fail.
    """
    unread = [f"{id} is left for the next run: {why}" for id, why in outcome.failed.items()]
    warn([*outcome.warnings, *unread, *notes(outcome.records)])
    sys.stderr.flush()
    if as_json:
        click.echo(json.dumps({**facts(outcome), "fails": list(missed)}, indent=1))
        return
    for record in outcome.records:
        click.echo(_line(record))
    if outcome.parent in outcome.saved:
        click.echo(f"{outcome.parent}: the matrix build it belongs to.")
    for other in _caught_up(outcome):
        click.echo(f"{other}: was missing, ingested now.")
    for id in outcome.linked:
        click.echo(f"{id}: linked in Jenkins as well.")
    for summary in _summaries(outcome):
        click.echo(summary.text())
    if missed:
        click.echo(f"Fails because of --fail-on: {', '.join(missed)}.")
    if outcome.pages:
        click.echo(f"Pages: {counted(len(outcome.pages.written), 'file')} written.")
    if outcome.url:
        click.echo(f"QA dashboard: {outcome.url}")


def facts(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as plain values."""
    statuses = outcome.statuses.values()
    return {
        "builds": [_counts(record) for record in outcome.records],
        "changed": outcome.changed,
        "summary": outcome.summary.as_json() if outcome.summary else None,
        "findings": [each for status in statuses for each in _findings(status)],
        "misses": [each for status in statuses for each in _misses(status)],
        "comparisons": [each for status in statuses for each in _comparison(status)],
        "pages_written": len(outcome.pages.written) if outcome.pages else 0,
        "spooled": [str(path) for path in outcome.spooled],
        "failed": {str(id): why for id, why in outcome.failed.items()},
        "caught_up": _caught_up(outcome),
        "linked": [str(id) for id in outcome.linked],
        "warnings": outcome.warnings,
        "url": outcome.url,
        "timings": {name: round(seconds, 4) for name, seconds in outcome.timings.items()},
    }


def _summaries(outcome: Outcome) -> list[Summary]:
    """Return the summaries with content: of a matrix, those of its configurations."""
    asked = [outcome.summaries[id] for id in outcome.statuses]
    return [each for each in asked if each.measurements or each.status.news] or asked[:1]


def _findings(status: BuildStatus) -> list[dict[str, Any]]:
    """Return the news at a build, and the other findings that began at it."""
    rows = {row.key: row for row in (*status.news, *status.begun)}
    news = {row.key for row in status.news}
    return [{**_finding(row, status), "news": key in news} for key, row in rows.items()]


def _finding(row: FindingRow, status: BuildStatus) -> dict[str, Any]:
    """Return a finding as `findings list` does, with its leading series and the build asked for."""
    leading = row.finding.series[0]
    return {
        **finding_facts(row, status.job, status.numbers, status.starts),
        "number": status.build.number,
        "before": leading.before,
        "after": leading.after,
        "unit": leading.unit,
        "metrics": sorted({each.metric for each in row.finding.series}),
    }


def _misses(status: BuildStatus) -> list[dict[str, Any]]:
    build = {"job": status.job.name, "number": status.build.number}
    return [{**build, **Miss(*miss).as_json()} for miss in status.misses]


def _comparison(status: BuildStatus) -> list[dict[str, Any]]:
    """Return the comparison of a build with the target of its job, where it has one."""
    build = {"job": status.job.name, "number": status.build.number}
    return [{**build, **comparison_json(status.comparison)}] if status.comparison else []


def _caught_up(outcome: Outcome) -> list[str]:
    """Return the builds that were stored besides those requested."""
    asked = {outcome.parent, *(record.build.id for record in outcome.records)}
    return [str(id) for id, saved in outcome.saved.items() if saved.changed and id not in asked]


def print_timings(outcome: Outcome, imported: float) -> None:
    """Print the seconds of the imports and of each stage, and the peak memory."""
    for name, seconds in {"imports": imported, **outcome.timings}.items():
        click.echo(f"{name:>10} {seconds:8.3f} s", err=True)
    click.echo(f"{'memory':>10} {peak_memory():8.0f} MiB", err=True)


def peak_memory() -> float:
    """Return the peak memory of this process in MiB.

    On Linux, getrusage includes the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _counts(record: Any) -> dict[str, Any]:
    measurements = [m for report in record.reports for m in report.measurements]
    return {
        "job": record.build.id.job,
        "number": record.build.id.number,
        "provisional": record.build.provisional,
        "reports": len(record.reports),
        "measurements": len(measurements),
        "not_measured": sum(m.value is None for m in measurements),
        "metrics": sum(len(report.metrics) for report in record.reports),
        "specifications": sum(len(report.specifications) for report in record.reports),
        "packages": len({p.name for report in record.reports for p in report.packages}),
        "blobs": sum(len(report.blobs) for report in record.reports),
        "set_aside": [{"path": r.path, "reason": r.reason} for r in record.rejected],
    }


def _line(record: Any) -> str:
    counts = _counts(record)
    provisional = " (still running: provisional)" if counts["provisional"] else ""
    where = " from its workspace" if READ_FROM in record.build.extra else ""
    if record.build.runs and not record.reports:
        return f"{record.build.id}{provisional}: a matrix build; its configurations follow."
    if not record.reports:
        why = "no QA report among its artifacts."
        if counts["provisional"]:
            why = "no QA file is archived yet; it is read again when it has ended."
        return f"{record.build.id}{provisional}: {why}"
    return (
        f"{record.build.id}{provisional}: {counted(counts['reports'], 'report')}{where}, "
        f"{counted(counts['measurements'], 'measurement')} ({counts['not_measured']} not "
        f"measured), {counted(counts['packages'], 'package')}."
    )
