"""squash-jenkins changes: the code that changed between two builds of a job."""

import json
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.findings import code_lines
from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.as_json import code_facts
from squash_jenkins.findings.suspects import code_between
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildRow, JobRow
from squash_jenkins.text.one_line import printable


@click.command("changes")
@click.option("--job", "name", required=True, help="Full name of the job.")
@click.option("--controller", help="Short name of the Jenkins server, if several have the job.")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    help="Number of a build; by default the previous one.",
)
@click.option(
    "--to", "last", type=click.IntRange(min=1), help="Number of a build; by default the newest one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings_file: Path | None,
    name: str,
    controller: str | None,
    first: int | None,
    last: int | None,
    as_json: bool,
) -> None:
    """Show the code that changed between two builds of a job: packages and Jenkins' change sets.

    When --from is the later build, the changes are shown in reverse.
    """
    settings = config.load(settings_file)
    with open_store_for(settings) as store, store.reader() as reader:
        job = _job(reader, name, controller)
        builds = reader.builds.of_job(job.key)
        end = builds[-1] if last is None else _build(builds, name, last)
        begin = _before(builds, end) if first is None else _build(builds, name, first)
        code = code_between(reader, job.key, begin.key if begin else None, end.key)
    numbers = {build.key: build.number for build in builds}
    if as_json:
        found = {"controller": job.controller, "job": job.name, **code_facts(code, numbers)}
        click.echo(json.dumps(found, indent=1))
        return
    span = f"#{end.number}" if begin is None else f"from #{begin.number} to #{end.number}"
    click.echo(printable(f"{job.name} {span}"))
    for line in code_lines(code, numbers):
        click.echo(line)


def _job(reader: Reader, name: str, controller: str | None) -> JobRow:
    """Return the job of this name that has builds."""
    found = [
        job
        for job in reader.builds.jobs()
        if job.name == name and controller in (None, job.controller)
    ]
    found = [job for job in found if reader.builds.newest(job.key, 1)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(
            f"No build of {name!r} is stored: `squash-jenkins status --offline` lists the jobs."
        )
    names = ", ".join(job.controller for job in found)
    raise SettingsError(f"Several servers have {name!r}: add --controller, one of {names}.")


def _build(builds: list[BuildRow], job: str, number: int) -> BuildRow:
    """Return the build of this number; in a re-created job the one that started last."""
    found = [build for build in builds if build.number == number]
    if not found:
        raise SettingsError(
            f"{job} #{number} is not stored: `squash-jenkins status` lists what is missing."
        )
    return found[-1]


def _before(builds: list[BuildRow], end: BuildRow) -> BuildRow | None:
    place = builds.index(end)
    return builds[place - 1] if place else None
