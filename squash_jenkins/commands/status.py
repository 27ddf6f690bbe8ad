"""squash-jenkins status: what is stored, what is provisional, what was set aside."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
from squash_jenkins.config import Settings
from squash_jenkins.keeping import opened
from squash_jenkins.spool import paths
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildRow, JobRow


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, as_json: bool) -> None:
    """Show the last build of each job, provisional builds, the spool and files set aside."""
    settings = config.load(settings_file)
    with opened(settings) as store, store.reader() as reader:
        facts = _facts(settings, reader)
    if as_json:
        click.echo(json.dumps(facts, indent=1, default=datetime.isoformat))
        return
    _tell(facts)


def _facts(settings: Settings, reader: Reader) -> dict[str, Any]:
    jobs = reader.jobs()
    names = {job.key: job.name for job in jobs}
    builds = {job.key: reader.builds(job.key) for job in jobs}
    by_key = {build.key: build for known in builds.values() for build in known}
    return {
        "jobs": [_job(job, builds[job.key]) for job in jobs],
        "provisional": [_name(names, build) for build in reader.provisional()],
        "spool": [path.name for path in paths(settings.spool)],
        "quarantine": [
            {
                "build": _name(names, by_key[row.build]),
                "path": row.path,
                "reason": row.reason,
                "digest": row.digest,
                "size": row.size,
                "since": row.created,
            }
            for row in reader.rejected()
        ],
    }


def _job(job: JobRow, builds: list[BuildRow]) -> dict[str, Any]:
    last = builds[-1] if builds else None
    numbers = {build.number for build in builds}
    gaps = max(numbers) - min(numbers) + 1 - len(numbers) if numbers else 0
    return {
        "controller": job.controller,
        "job": job.name,
        "builds": len(builds),
        "last": last.number if last else None,
        "started": last.started if last else None,
        "result": last.result if last else None,
        "numbers_missing": gaps,
    }


def _name(names: dict[int, str], build: BuildRow) -> str:
    return f"{names[build.job_key]} #{build.number}"


def _tell(facts: dict[str, Any]) -> None:
    if not facts["jobs"]:
        click.echo("Nothing is stored yet: `squash-jenkins post-build` takes in a build.")
    for job in facts["jobs"]:
        missing = f", {job['numbers_missing']} numbers missing" if job["numbers_missing"] else ""
        last = f"#{job['last']} {job['result'] or 'running'}"
        started = f"{job['started']:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{job['job']}: {job['builds']} builds, last {last} started {started}{missing}")
    for build in facts["provisional"]:
        click.echo(f"provisional: {build} (the next post-build of it makes it final)")
    for name in facts["spool"]:
        click.echo(f"in the spool: {name} (the next run takes it up)")
    for row in facts["quarantine"]:
        click.echo(f"set aside: {row['build']} {row['path']}: {row['reason']} ({row['digest']})")
