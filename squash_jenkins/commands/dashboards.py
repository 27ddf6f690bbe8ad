"""squash-jenkins dashboards: the pages."""

from pathlib import Path

import click

from squash_jenkins import config, ingest
from squash_jenkins.plugins import find


@click.group("dashboards")
def command() -> None:
    """Make the pages."""


@command.command("build")
@click.option(
    "--all", "everything", is_flag=True, help="Look at every page, not only at new builds."
)
@click.pass_obj
def build(settings_file: Path | None, everything: bool) -> None:
    """Rebuild the pages whose inputs changed."""
    settings = config.load(settings_file)
    built = ingest.rebuild(settings, find(settings.dashboards), everything=everything)
    click.echo(f"Wrote {len(built.written)} of {len(built.checked)} files in {settings.output}.")
    for fault in built.faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
    click.echo(f"Open {(settings.output / 'index.html').as_uri()}")
