"""squash-jenkins dashboards: build the pages."""

from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.ingest import pipeline
from squash_jenkins.ingest.publish import prepare_pooled, write_build
from squash_jenkins.plugins import find


@click.group("dashboards")
def command() -> None:
    """Build the pages."""


@command.command("build")
@click.option(
    "--all", "everything", is_flag=True, help="Check every page, not only those of new builds."
)
@click.option(
    "--pooled",
    "builds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also pool the tables of the N newest builds of each job, and draw their tiles.",
)
@click.pass_obj
def build(settings_file: Path | None, everything: bool, builds: int | None) -> None:
    """Rebuild the pages whose inputs changed."""
    settings = config.load(settings_file)
    plugins = find(settings.dashboards)
    built = pipeline.rebuild_site(settings, plugins, everything=everything)
    click.echo(f"Wrote {len(built.written)} of {len(built.checked)} files in {settings.output}.")
    for fault in [*plugins.faults, *built.faults]:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
    if builds is not None:
        _pool(settings, builds)
    click.echo(f"Open {(settings.output / 'index.html').as_uri()}")


def _pool(settings: config.Settings, builds: int) -> None:
    done = prepare_pooled(settings, builds)
    for fault in done.faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
    click.echo(
        f"Pooled tables: {done.made} written, {done.kept} unchanged, {done.removed} removed."
    )


@command.command("plain")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--job", required=True, help="Full name of the job, as in Jenkins.")
@click.option("--number", type=int, help="Number of the build; by default the newest.")
@click.option("--controller", help="Short name of the Jenkins server, if several have the job.")
@click.pass_obj
def plain(
    settings_file: Path | None, folder: Path, job: str, number: int | None, controller: str | None
) -> None:
    """Write a page of one build that needs no script into FOLDER, to archive it in Jenkins."""
    settings = config.load(settings_file)
    for file in write_build(settings, find(settings.dashboards), folder, job, number, controller):
        click.echo(f"Wrote {file}")
