"""squash-jenkins status: what is stored, missing and waiting for each job."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
from squash_jenkins.analysis.number_ranges import as_text, ranges
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.job_status.gaps import GapReason
from squash_jenkins.job_status.report import missing_tables, status_of_jobs, tables
from squash_jenkins.text.command_line import command_line
from squash_jenkins.text.dates import moment_text
from squash_jenkins.text.numbers import counted

_GAP_TEXTS = {
    GapReason.MISSING: "missing",
    GapReason.DELETED: "deleted in Jenkins",
    GapReason.UNKNOWN: "not stored (Jenkins was not asked)",
    GapReason.QUARANTINED: "quarantined",
    GapReason.NO_REPORT: "without a report",
}


@click.command("status")
@click.option("--strict", is_flag=True, help="Exit with code 1 when something is missing.")
@click.option("--offline", is_flag=True, help="Do not contact Jenkins; show what is stored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, strict: bool, offline: bool, as_json: bool) -> int:
    """Show the status of each job: newest builds, lag, gaps and reasons, provisional builds.

    Jenkins gets one small request for each stored job. Builds are missing when they have ended in
    Jenkins and are not stored as final, or are still in the spool. With --strict, a Jenkins that
    cannot be reached counts as well.
    """
    settings = config.load(settings_file)
    with open_store_for(settings) as store:
        facts = status_of_jobs(settings, store, offline) | {"tables": tables(store)}
    if as_json:
        click.echo(json.dumps(facts, indent=1))
    else:
        _print(facts)
    return 1 if strict and not facts["complete"] else 0


def _print(facts: dict[str, Any]) -> None:
    if not facts["jobs"]:
        click.echo("Nothing is stored yet: `squash-jenkins post-build` ingests a build.")
    several = len({job["controller"] for job in facts["jobs"]}) > 1
    if facts["jobs"]:
        _print_table(facts["jobs"], several)
    _print_faults(facts["jobs"])
    _print_spool(facts["spool"])
    if lost := missing_tables(facts["tables"]):
        click.echo(lost)
    if facts["quarantine"]["files"]:
        click.echo(
            f"quarantine: {counted(facts['quarantine']['files'], 'file')} "
            "(`squash-jenkins quarantine list` lists them)"
        )


def _print_table(jobs: list[dict[str, Any]], several: bool) -> None:
    """Print the jobs in columns, each with its remarks below it."""
    rows = [_cells(job, several) for job in jobs]
    head = ("job", "builds", "newest stored", "newest in Jenkins", "lag")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    click.echo(_aligned(head, widths))
    for row, job in zip(rows, jobs, strict=True):
        click.echo(_aligned(row, widths))
        for line in _remarks(job, several):
            click.echo(f"    {line}")


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    name, count, *rest = cells
    padded = [name.ljust(widths[0]), count.rjust(widths[1])]
    padded += [cell.ljust(width) for cell, width in zip(rest, widths[2:], strict=True)]
    return "  ".join(padded).rstrip()


def _cells(job: dict[str, Any], several: bool) -> tuple[str, ...]:
    name = f"{job['controller']}: {job['job']}" if several else job["job"]
    unknown = "deleted" if job["gone"] else "?"
    finished = _build(job["newest_finished"]) or ("none" if job["asked"] else unknown)
    lag = "?" if job["lag"] is None else _duration(job["lag"])
    return (
        name,
        str(job["builds"]),
        _build(job["newest_stored"]) or "none",
        unknown if job["gone"] else finished,
        "-" if job["gone"] else lag,
    )


def _build(build: dict[str, Any] | None) -> str:
    if build is None:
        return ""
    result = f" {build['result']}" if build["result"] else ""
    return f"#{build['number']}{result} {moment_text(datetime.fromisoformat(build['started']))}"


def _remarks(job: dict[str, Any], several: bool) -> list[str]:
    """Return the lines about one job: gaps by reason, provisional builds, an earlier job."""
    lines = []
    for why, meaning in _GAP_TEXTS.items():
        if spans := job["gaps"].get(why.value):
            advice = _advice(job, several) if why is GapReason.MISSING else ""
            lines.append(f"{meaning}: {as_text(spans)}{advice}")
    if job["provisional"]:
        lines.append(_provisional(job))
    if job["gone"]:
        lines.append("Jenkins no longer has this job")
    if job["of_earlier_job"]:
        lines.append(f"{counted(job['of_earlier_job'], 'build')} of an earlier job of this name")
    return lines


def _provisional(job: dict[str, Any]) -> str:
    parts = {"provisional": "provisional", "provisional_ended": "ended since"}
    parts["provisional_unread"] = "not read yet"
    return ", ".join(
        f"{word}: {as_text(ranges(job[key]))}" for key, word in parts.items() if job[key]
    )


def _advice(job: dict[str, Any], several: bool) -> str:
    where = ("--controller", job["controller"]) if several else ()
    return f" (`{command_line('backfill', job['job'], *where)}` ingests them)"


def _print_faults(jobs: list[dict[str, Any]]) -> None:
    """Print each error of Jenkins once, with the number of jobs it affects."""
    faults: dict[str, list[str]] = {}
    for job in jobs:
        if job["fault"]:
            faults.setdefault(job["fault"], []).append(job["job"])
    for fault, names in faults.items():
        whom = names[0] if len(names) == 1 else f"{len(names)} jobs"
        click.echo(f"No list of builds from Jenkins for {whom}: {fault}")


def _print_spool(spool: dict[str, Any]) -> None:
    if spool["files"]:
        click.echo(
            f"in the spool: {counted(spool['files'], 'build')}, the oldest for "
            f"{_duration(spool['seconds'])} (the next run ingests them)"
        )
    for path in spool["damaged"]:
        click.echo(f"damaged in the spool: {path} (ingest its build from Jenkins again)")


def _duration(seconds: float) -> str:
    """Return a duration with its two largest units: ``3 d 4 h``; 0 is ``none``."""
    if seconds <= 0:
        return "none"
    minutes, hours = int(seconds) // 60 % 60, int(seconds) // 3600 % 24
    days = int(seconds) // 86400
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"
