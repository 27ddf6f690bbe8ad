"""Print what became of a call, for people and as JSON; for every command that takes builds in."""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

import click

from squash_jenkins.ingest import Outcome


def tell(outcome: Outcome, as_json: bool) -> None:
    """Print the outcome; the dashboard's URL comes last, where Jenkins makes it a link."""
    aside = [
        f"{record.build.id}: {rejected.path} is set aside: {rejected.reason}"
        for record in outcome.records
        for rejected in record.rejected
    ]
    unread = [f"{id} is left to the next run: {why}" for id, why in outcome.failed.items()]
    for warning in [*outcome.warnings, *unread, *aside]:
        click.echo(f"squash-jenkins: warning: {warning}", err=True)
    sys.stderr.flush()
    if as_json:
        click.echo(json.dumps(facts(outcome), indent=1))
        return
    for record in outcome.records:
        click.echo(_line(record))
    for other in _caught_up(outcome):
        click.echo(f"{other}: missed before, taken in now.")
    if outcome.summary:
        click.echo(outcome.summary.text())
    if outcome.pages:
        click.echo(f"{len(outcome.pages.written)} files of the dashboard were written.")
    if outcome.url:
        click.echo(f"QA dashboard: {outcome.url}")


def facts(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as plain values."""
    return {
        "builds": [_counts(record) for record in outcome.records],
        "changed": outcome.changed,
        "summary": outcome.summary.as_json() if outcome.summary else None,
        "pages_written": len(outcome.pages.written) if outcome.pages else 0,
        "spooled": [str(path) for path in outcome.spooled],
        "failed": {str(id): why for id, why in outcome.failed.items()},
        "caught_up": _caught_up(outcome),
        "warnings": outcome.warnings,
        "url": outcome.url,
        "timings": {name: round(seconds, 4) for name, seconds in outcome.timings.items()},
    }


def _caught_up(outcome: Outcome) -> list[str]:
    """Return the builds that were not asked for and were stored all the same."""
    asked = {record.build.id for record in outcome.records}
    return [str(id) for id, saved in outcome.saved.items() if saved.changed and id not in asked]


def tell_timings(outcome: Outcome, imported: float) -> None:
    """Print the seconds of the imports and of each stage, and the process' largest memory."""
    for name, seconds in {"imports": imported, **outcome.timings}.items():
        click.echo(f"{name:>10} {seconds:8.3f} s", err=True)
    click.echo(f"{'memory':>10} {peak_memory():8.0f} MiB", err=True)


def peak_memory() -> float:
    """Return the largest memory of this process in MiB.

    On Linux the figure of getrusage begins with what the starting process had.
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
    provisional = " (not over yet: provisional)" if counts["provisional"] else ""
    if not record.reports:
        return f"{record.build.id}{provisional}: no QA report among its artifacts."
    plural = "" if counts["reports"] == 1 else "s"
    return (
        f"{record.build.id}{provisional}: {counts['reports']} report{plural}, "
        f"{counts['measurements']} measurements ({counts['not_measured']} not measured), "
        f"{counts['packages']} packages."
    )
