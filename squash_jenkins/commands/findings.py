"""squash-jenkins findings: what got worse, since when and why; and triage."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.audited import recording_of
from squash_jenkins.commands.terminal.finding_rows import (
    listed,
    number_of,
    recent,
    with_numbers,
)
from squash_jenkins.commands.terminal.findings import long_lines, short_lines
from squash_jenkins.commands.terminal.named import (
    finding_named,
    job_named,
    jobs_like,
    user_name,
)
from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError, SquashError
from squash_jenkins.findings import statements
from squash_jenkins.findings.acceptance import (
    Meant,
    MeantFinding,
    MeantSeries,
    SeriesChoice,
    Statement,
)
from squash_jenkins.findings.as_json import ListedFinding, listed_facts, more_facts
from squash_jenkins.findings.suspects import suspects_of
from squash_jenkins.findings.triage import new_triage
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.models.finding import BETTER, NEUTRAL, TRIAGE, WORSE
from squash_jenkins.plugins import find
from squash_jenkins.store import Reader, Store
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import counted
from squash_jenkins.text.sentences import acceptance_text

_STATES = (*TRIAGE, "over", "accepted", "withdrawn", "all")


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
        jobs = jobs_like(reader, glob)
        rows = [row for row in reader.findings.find() if row.job in jobs]
        rows = [row for row in rows if only in (None, row.finding.direction)]
        if since_build is not None:
            rows = [row for row in rows if number_of(reader, row) >= since_build]
        if news:
            rows = recent(settings, reader, rows)
        found = [listed(settings, reader, jobs, row) for row in rows]
    wanted = "all" if everything else state
    shown = [each for each in found if wanted in ("all", each.state)]
    _print(shown, len(found) - len(shown), as_json)
    return 3 if fail and any(_alarming(each.row) for each in shown) else 0


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(settings_file: Path | None, name: str, as_json: bool) -> None:
    """Show all details of the finding NAME: series, statistics, start, suspects, triage."""
    settings = config.load(settings_file)
    with open_store_for(settings) as store, store.reader() as reader:
        row = finding_named(reader, name)
        each = listed(settings, reader, jobs_like(reader, None), row)
        found, log = suspects_of(reader, row), reader.findings.triage(row.key)
        comments = reader.findings.comments(row.key)
        each = with_numbers(reader, each, found)
    if as_json:
        all_facts = listed_facts(each) | more_facts(found, log, comments, each.numbers)
        click.echo(json.dumps(all_facts, indent=1))
        return
    for line in long_lines(each, found, log, comments):
        click.echo(line)


@command.command("acknowledge")
@click.argument("names", nargs=-1, required=True)
@click.option("--as", "state", type=click.Choice(TRIAGE), help="State; by default acknowledged.")
@click.option("--note", help="What you know about it.")
@click.option("--ticket", help="Its ticket: an http(s) URL, or a key such as DM-123.")
@click.option("--fixed-in", type=click.IntRange(min=1), help="Number of the build with the fix.")
@click.option("--assignee", help="Who looks after it.")
@click.option("--undo", is_flag=True, help="Take back the latest triage; the one before counts.")
@click.option("--who", help="Your name; by default the user who runs the command.")
@click.pass_obj
def acknowledge(
    settings_file: Path | None,
    names: Sequence[str],
    state: str | None,
    note: str | None,
    ticket: str | None,
    fixed_in: int | None,
    assignee: str | None,
    undo: bool,
    who: str | None,
) -> None:
    """Record that the findings NAMES are known, explained, fixed or not of interest.

    The record stays through later builds, and everybody sees it. --as open takes it back.
    All names are looked up before anything is written.
    """
    settings = config.load(settings_file)
    if fixed_in is not None and state not in (None, "fixed"):
        raise SettingsError(f"--fixed-in requires --as fixed, not --as {state}.")
    person = (who or user_name()).strip()
    if not person:
        raise SettingsError("Add --who: a triage needs a name.")
    if undo and any((state, note, ticket, fixed_in, assignee)):
        raise SettingsError("--undo goes with no other statement.")
    said = new_triage(state, person, note, ticket, fixed_in, assignee)
    with open_store_for(settings) as store:
        with store.reader() as reader:
            rows = {row.key: row for row in (finding_named(reader, name) for name in names)}
        for row in rows.values():
            named, recording = (row.key, row.name), recording_of(person)
            if undo:
                statements.undo_triage(store, named, person, recording)
            else:
                statements.add_triage(store, named, said, recording)
            click.echo(f"{row.name}: {'taken back' if undo else said.state}")
        _rebuild(settings, store)


@command.command("comment")
@click.argument("name")
@click.argument("note")
@click.option("--who", help="Your name; by default the user who runs the command.")
@click.pass_obj
def comment(settings_file: Path | None, name: str, note: str, who: str | None) -> None:
    """Write the comment NOTE on the finding NAME; its state stays."""
    settings = config.load(settings_file)
    person = (who or user_name()).strip()
    with open_store_for(settings) as store:
        with store.reader() as reader:
            row = finding_named(reader, name)
        statements.add_comment(store, (row.key, row.name), person, note, recording_of(person))
        click.echo(f"{row.name}: commented")
        _rebuild(settings, store)


@command.command("accept")
@click.argument("name", required=False)
@click.option("--job", help="Full name of the job, instead of NAME.")
@click.option("--metric", help="The metric (package.name) of that job.")
@click.option("--dataset", help="Only series of this dataset.")
@click.option("--filter", "filter_", help="Only series of this filter.")
@click.option("--level", help="Only series of this level.")
@click.option(
    "--since",
    type=click.IntRange(min=1),
    help="Number of the build from which on; by default where the finding began.",
)
@click.option("--note", help="Why.")
@click.option("--who", help="Your name; by default the user who runs the command.")
@click.option("--undo", is_flag=True, help="Take it back.")
@click.pass_obj
def accept(
    settings_file: Path | None,
    name: str | None,
    job: str | None,
    metric: str | None,
    dataset: str | None,
    filter_: str | None,
    level: str | None,
    since: int | None,
    note: str | None,
    who: str | None,
    undo: bool,
) -> None:
    """Accept the level of a series from a build on, as of the finding NAME.

    Detection begins anew at that build; what began before or there is over. This stays, whatever
    is computed later. Without NAME, --job, --metric and --since say which series is meant.
    """
    settings = config.load(settings_file)
    statement = Statement((who or user_name()).strip(), note)
    choice = None if metric is None else SeriesChoice(metric, dataset, filter_, level)
    with open_store_for(settings) as store:
        with store.reader() as reader:
            meant = _meant(reader, name, job, choice, since)
            accepted = [] if undo else meant.accepted(statement)
            known = meant.known() if undo else []
        if undo:
            statements.undo_acceptance(store, meant, known, recording_of(statement.who))
        else:
            statements.accept(store, meant, accepted, recording_of(statement.who))
        click.echo(f"{meant.text}: {'taken back' if undo else acceptance_text(accepted[0])}")
        _rebuild(settings, store)


def _meant(
    reader: Reader,
    name: str | None,
    job: str | None,
    choice: SeriesChoice | None,
    since: int | None,
) -> Meant:
    """Return what is to be accepted; raise SettingsError when the options do not say it."""
    if name is not None and job is None and choice is None:
        return MeantFinding(reader, finding_named(reader, name), since)
    if name is None and job is not None and choice is not None and since is not None:
        return MeantSeries(reader, job_named(reader, job), choice, since)
    raise SettingsError("Give the NAME of a finding, or --job, --metric and --since.")


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


def _rebuild(settings: Settings, store: Store) -> None:
    """Rebuild the pages; an error there does not undo the triage."""
    from squash_jenkins.ingest.publish import rebuild_pages

    try:
        faults = rebuild_pages(settings, find(settings.dashboards), store).faults
    except (SquashError, OSError) as error:
        faults = [f"The pages were not rebuilt: {error}. The next run will rebuild them."]
    for fault in faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
