"""squash-jenkins findings: what got worse, since when and why; and triage."""

import getpass
import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.findings import long_lines, short_lines
from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError, SquashError
from squash_jenkins.findings.as_json import ListedFinding, listed_facts, more_facts
from squash_jenkins.findings.suspects import Suspects, suspects_of
from squash_jenkins.findings.triage import new_triage
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.models.finding import BETTER, NEUTRAL, TRIAGE, WORSE, builds_of
from squash_jenkins.plugins import find
from squash_jenkins.store import Reader, Store
from squash_jenkins.store.rows import FindingRow, JobRow
from squash_jenkins.text.numbers import counted

_STATES = (*TRIAGE, "over", "withdrawn", "all")


@click.group("findings")
def command() -> None:
    """List and triage findings: what got worse or better.

    The name of a finding is made of letters and digits; its beginning is enough.
    """


@command.command("list")
@click.option("--job", "glob", help="Only jobs whose full name matches this glob.")
@click.option("--only", type=click.Choice((WORSE, BETTER, NEUTRAL)), help="Only this direction.")
@click.option(
    "--since-build", type=click.IntRange(min=1), help="Only findings that began there or later."
)
@click.option(
    "--state",
    type=click.Choice(_STATES),
    default="open",
    show_default=True,
    help="open: it still holds and has not been triaged.",
)
@click.option(
    "--news", is_flag=True, help="Only findings that began among the newest builds of their job."
)
@click.option("--all", "everything", is_flag=True, help="The same as --state all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--fail", is_flag=True, help="Exit with code 3 when there is an open regression.")
@click.pass_obj
def list_findings(
    settings_file: Path | None,
    glob: str | None,
    only: str | None,
    since_build: int | None,
    state: str,
    news: bool,
    everything: bool,
    as_json: bool,
    fail: bool,
) -> int:
    """List findings, the newest first.

    --all includes findings that are over, that were triaged, and that were withdrawn because
    later builds no longer show them.

    Exit code: 0; with --fail 3 when an open regression is listed.
    """
    settings = config.load(settings_file)
    with open_store_for(settings) as store, store.reader() as reader:
        jobs = _jobs(reader, glob)
        rows = [row for row in reader.findings.find() if row.job in jobs]
        rows = [row for row in rows if only in (None, row.finding.direction)]
        if since_build is not None:
            rows = [row for row in rows if _number(reader, row) >= since_build]
        if news:
            rows = _recent(settings, reader, rows)
        listed = [_listed(settings, reader, jobs, row) for row in rows]
    wanted = "all" if everything else state
    shown = [each for each in listed if wanted in ("all", each.state)]
    _print(shown, len(listed) - len(shown), as_json)
    return 3 if fail and any(_alarming(each.row) for each in shown) else 0


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(settings_file: Path | None, name: str, as_json: bool) -> None:
    """Show all details of the finding NAME: series, statistics, start, suspects, triage."""
    settings = config.load(settings_file)
    with open_store_for(settings) as store, store.reader() as reader:
        row = _named(reader, name)
        each = _listed(settings, reader, _jobs(reader, None), row)
        found, log = suspects_of(reader, row), reader.findings.triage(row.key)
        each = _with_numbers(reader, each, found)
    if as_json:
        all_facts = listed_facts(each) | more_facts(found, log, each.numbers)
        click.echo(json.dumps(all_facts, indent=1))
        return
    for line in long_lines(each, found, log):
        click.echo(line)


@command.command("acknowledge")
@click.argument("names", nargs=-1, required=True)
@click.option("--as", "state", type=click.Choice(TRIAGE), help="State; by default acknowledged.")
@click.option("--note", help="What you know about it.")
@click.option("--ticket", help="Its ticket: an http(s) URL, or a key such as DM-123.")
@click.option("--fixed-in", type=click.IntRange(min=1), help="Number of the build with the fix.")
@click.option("--who", help="Your name; by default the user who runs the command.")
@click.pass_obj
def acknowledge(
    settings_file: Path | None,
    names: Sequence[str],
    state: str | None,
    note: str | None,
    ticket: str | None,
    fixed_in: int | None,
    who: str | None,
) -> None:
    """Record that the findings NAMES are known, explained, fixed or not of interest.

    The record stays through later builds, and everybody sees it. --as open takes it back.
    All names are looked up before anything is written.
    """
    settings = config.load(settings_file)
    if fixed_in is not None and state not in (None, "fixed"):
        raise SettingsError(f"--fixed-in requires --as fixed, not --as {state}.")
    person = (who or _user()).strip()
    if not person:
        raise SettingsError("Add --who: a triage needs a name.")
    said = new_triage(state, person, note, ticket, fixed_in)
    with open_store_for(settings) as store:
        with store.reader() as reader:
            rows = {row.key: row for row in (_named(reader, name) for name in names)}
        for row in rows.values():
            store.add_triage(row.key, said)
            click.echo(f"{row.name}: {said.state}")
        _rebuild(settings, store)


def _jobs(reader: Reader, glob: str | None) -> dict[int, JobRow]:
    """Return by key the jobs that match a glob (None: all)."""
    jobs = {
        job.key: job for job in reader.builds.jobs() if glob is None or fnmatchcase(job.name, glob)
    }
    if glob is not None and not jobs:
        raise SettingsError(
            f"No stored job matches {glob!r}: `squash-jenkins status --offline` lists the jobs."
        )
    return jobs


def _named(reader: Reader, name: str) -> FindingRow:
    """Return the finding whose name begins with `name`; raise SettingsError for none or several."""
    found = reader.findings.find(name=name) if name else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(
            f"No finding's name begins with {name!r}: `squash-jenkins findings list --all` "
            "lists them."
        )
    names = ", ".join(sorted(row.name for row in found))
    raise SettingsError(f"{name!r} is the beginning of several names: {names}. Type more of one.")


def _listed(
    settings: Settings, reader: Reader, jobs: dict[int, JobRow], row: FindingRow
) -> ListedFinding:
    from squash_jenkins.ingest.publish import finding_url

    return ListedFinding(
        row,
        jobs[row.job],
        reader.builds.get(row.finding.build),
        reader.builds.numbers(builds_of([row.finding])),
        finding_url(settings, row),
    )


def _with_numbers(reader: Reader, each: ListedFinding, found: Suspects) -> ListedFinding:
    """Add the numbers of the builds that the suspects name."""
    builds = {build.key: build.number for build in reader.builds.of_job(each.row.job)}
    return ListedFinding(each.row, each.job, each.build, {**builds, **each.numbers}, each.url)


def _number(reader: Reader, row: FindingRow) -> int:
    return reader.builds.get(row.finding.build).number


def _recent(settings: Settings, reader: Reader, rows: Sequence[FindingRow]) -> list[FindingRow]:
    """Return findings that began among the newest builds of their job and are worse or better."""
    jobs = {row.job for row in rows}
    newest = {job: reader.builds.newest(job, settings.findings.recent) for job in jobs}
    return [row for row in rows if row.is_news(newest[row.job])]


def _alarming(row: FindingRow) -> bool:
    return row.open and row.finding.direction == WORSE


def _print(shown: Sequence[ListedFinding], others: int, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([listed_facts(each) for each in shown], indent=1))
        return
    for each in shown:
        for line in short_lines(each):
            click.echo(line)
    if not shown:
        click.echo("No finding matches.")
    if others:
        click.echo(f"{counted(others, 'other')} in other states: --all includes them.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container whose user has no name
        raise SettingsError("The user who runs the command has no name: add --who.") from error


def _rebuild(settings: Settings, store: Store) -> None:
    """Rebuild the pages; an error there does not undo the triage."""
    from squash_jenkins.ingest.publish import rebuild_pages

    try:
        faults = rebuild_pages(settings, find(settings.dashboards), store).faults
    except (SquashError, OSError) as error:
        faults = [f"The pages were not rebuilt: {error}. The next run will rebuild them."]
    for fault in faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
