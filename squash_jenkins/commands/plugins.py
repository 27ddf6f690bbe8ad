"""squash-jenkins plugins: list the formats, tabs and plots that were found."""

import json
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.plugins import find


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, as_json: bool) -> None:
    """List formats, tabs and plots, and where each comes from."""
    plugins = find(config.load(settings_file).dashboards)
    rows = [
        {"kind": kind, "name": item.name, "from": type(item).__module__}
        for kind in ("formats", "tabs", "plots")
        for item in getattr(plugins, kind)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['kind'][:-1]:8}{row['name']:24}{row['from']}")
