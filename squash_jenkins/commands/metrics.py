"""squash-jenkins metrics: list, load and export metrics and specifications."""

import json
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.audited import operator, recording_of
from squash_jenkins.definitions import manage
from squash_jenkins.definitions.manage import Definitions, Difference, ListedMetric
from squash_jenkins.errors import SettingsError
from squash_jenkins.formats.fields import storable
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.models import Specification
from squash_jenkins.models.metric_rules import plain_rules

_LONGEST_SOURCE = 64
_ANYWHERE = click.Path(path_type=Path)


@click.group("metrics")
def command() -> None:
    """List metrics and specifications, load your own, or export them."""


@command.command("load")
@click.argument("paths", nargs=-1, required=True, type=_ANYWHERE)
@click.option(
    "--source", help="Name to load them under; by default the name of the path without suffix."
)
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@click.pass_obj
def load(
    settings_file: Path | None, paths: tuple[Path, ...], source: str | None, dry_run: bool
) -> None:
    """Load the definitions in PATHS as those of a source.

    A folder with metrics/ and specs/ is read in the layout of lsst.verify_metrics; a YAML or
    JSON file, or a folder of these, in the plain form.

    Specifications that are no longer in the source end now; verdicts of earlier builds stay.
    """
    name = _source(source, paths)
    with open_store_for(config.load(settings_file)) as store:
        with store.reader() as reader:
            found = manage.read_paths(paths, reader.definitions.metrics().keys())
            before = reader.definitions.specifications_by_source().get(name, [])
            _warn(manage.odd(reader, found))
        if not dry_run and store.load(found.metrics, found.specifications, source=name):
            counts = {"metrics": len(found.metrics), "specifications": len(found.specifications)}
            store.audit.add(recording_of(operator())("metric.load", name, counts))
    _print(found, manage.difference(before, found.specifications), name, dry_run)


@command.command("list")
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_metrics(settings_file: Path | None, pattern: str, as_json: bool) -> None:
    """List the metrics that match PATTERN (AM*, shop.*): unit, operator, levels, sources.

    The rules by which changes are findings are those in effect: of administrators, the settings
    and definitions.
    """
    from squash_jenkins.findings.rules import RuleBook

    settings = config.load(settings_file)
    with open_store_for(settings) as store, store.reader() as reader:
        found = manage.listed(reader, pattern)
        odd = manage.odd(reader)
        book = RuleBook(settings.findings, reader)
    rules = [plain_rules(book.of(each.metric.name)) for each in found]
    if as_json:
        metrics = [_facts(each) | {"rules": own} for each, own in zip(found, rules, strict=True)]
        click.echo(json.dumps({"metrics": metrics, "odd": odd}, indent=1))
        return
    _warn(odd)
    for each, own in zip(found, rules, strict=True):
        click.echo(_lines(each))
        if own:
            click.echo(f"  findings: {', '.join(f'{key} {json.dumps(own[key])}' for key in own)}")
    if not found:
        click.echo("No metric matches." if pattern != "*" else "There are no metrics yet.")


@command.command("export")
@click.argument("target")
@click.option("--plain", is_flag=True, help="Write one file in the plain form; - always does.")
@click.option(
    "--source", help="Only the definitions of this source; document: those from QA files."
)
@click.pass_obj
def export(settings_file: Path | None, target: str, plain: bool, source: str | None) -> None:
    """Write definitions to the folder TARGET in the layout of lsst.verify_metrics, or to - ."""
    with open_store_for(config.load(settings_file)) as store, store.reader() as reader:
        found = manage.stored(reader, source)
    if target == "-":
        click.echo(manage.as_plain(found), nl=False)
        return
    if plain:
        Path(target).write_text(manage.as_plain(found), encoding="utf-8")
        files = [Path(target)]
    else:
        files = manage.write_folder(Path(target), found)
    counts = f"{len(found.metrics)} metrics and {len(found.specifications)} specifications"
    click.echo(f"{counts} are in {len(files)} file{'' if len(files) == 1 else 's'} of {target}.")


def _source(given: str | None, paths: tuple[Path, ...]) -> str:
    if given is None and len(paths) > 1:
        raise SettingsError("Several paths need a name to load them under: add --source.")
    name = given or paths[0].resolve().stem
    if name in (manage.SEED, manage.DOCUMENT) or not 0 < len(name) <= _LONGEST_SOURCE:
        raise SettingsError(
            f"{name[:80]!r} cannot be the name of a source: add --source with up to "
            f"{_LONGEST_SOURCE} characters, other than {manage.SEED} and {manage.DOCUMENT}."
        )
    return name


def _warn(sentences: list[str]) -> None:
    for sentence in sentences:
        click.echo(f"squash-jenkins: warning: {sentence}", err=True)


def _print(found: Definitions, difference: Difference, source: str, dry_run: bool) -> None:
    for sign, names in (("+", difference.new), ("~", difference.changed), ("-", difference.gone)):
        for name in names:
            click.echo(f"{sign} {name}")
    counts = f"{len(found.metrics)} metrics and {len(found.specifications)} specifications"
    moved = f"{len(difference.new)} new, {len(difference.changed)} changed, "
    moved += f"{len(difference.gone)} gone"
    verb = "would be" if dry_run else "are"
    click.echo(f"{counts} {verb} those of {source!r}: {moved}.")


def _facts(listed: ListedMetric) -> dict[str, Any]:
    metric = listed.metric
    return {
        "metric": metric.name,
        "unit": metric.unit,
        "operator": metric.operator,
        "description": metric.description,
        "tags": list(metric.tags),
        "sources": sorted(listed.sources),
        "specifications": [_asked(source, each) for source, each in listed.specifications],
    }


def _asked(source: str, each: Specification) -> dict[str, Any]:
    return {
        "name": each.name,
        "level": each.level,
        "operator": each.operator,
        "threshold": storable(each.threshold),
        "upper": storable(each.upper),
        "unit": each.unit,
        "filters": list(each.filters),
        "query": each.query,
        "since": each.since.isoformat() if each.since else None,
        "until": each.until.isoformat() if each.until else None,
        "source": source,
    }


def _lines(listed: ListedMetric) -> str:
    metric = listed.metric
    about = [each for each in (metric.unit, metric.operator) if each]
    where = f" [{', '.join(sorted(listed.sources))}]" if listed.sources else ""
    head = f"{metric.name} ({', '.join(about)}){where}" if about else f"{metric.name}{where}"
    return "\n".join(
        [head, *(f"  {_line(source, each)}" for source, each in listed.specifications)]
    )


def _line(source: str, each: Specification) -> str:
    from squash_jenkins.text.dates import day_text
    from squash_jenkins.text.specification import limit_text

    parts = [limit_text(each)]
    parts += [f"in {', '.join(each.filters)}"] if each.filters else []
    parts += [f"where {json.dumps(each.query, ensure_ascii=False)}"] if each.query else []
    parts += [f"since {day_text(each.since)}"] if each.since else []
    parts += [f"until {day_text(each.until)}"] if each.until else []
    return f"{', '.join(parts)} [{source}]"
