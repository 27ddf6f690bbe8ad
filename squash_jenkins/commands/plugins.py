"""squash-jenkins plugins: list formats, tabs and plots."""

import json
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.plugins import find


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, as_json: bool) -> None:
    """List formats, tabs and plots with their origin, and what could not be loaded."""
    plugins = find(config.load(settings_file).dashboards)
    rows = [
        {
            "kind": kind[:-1],
            "name": item.name,
            "title": getattr(item, "title", ""),
            "from": plugins.origin(item),
        }
        for kind in ("formats", "tabs", "plots")
        for item in getattr(plugins, kind)
    ]
    if as_json:
        click.echo(json.dumps({"plugins": rows, "faults": list(plugins.faults)}, indent=1))
        return
    width = max(len(row["name"]) for row in rows) + 2
    for row in rows:
        click.echo(f"{row['kind']:8}{row['name']:{width}}{row['from']}")
    for fault in plugins.faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
