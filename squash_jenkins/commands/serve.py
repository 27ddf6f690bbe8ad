"""squash-jenkins serve: run the live server."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.errors import ResourceError
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.plugins import find


@click.command("serve")
@click.option("--host", help="Address to listen on; by default 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; by default 8000; 0: any free one.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes that share the port; by default 1."
)
@click.option("--root-path", help="Path at which a reverse proxy serves it, such as /qa.")
@click.pass_obj
def command(
    settings_file: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    root_path: str | None,
) -> None:
    """Serve the pages, updated while they are open, and the REST API.

    [server] in the settings has the same options and more. /healthz responds while it is up,
    /readyz while it can work. SIGTERM and Ctrl-C end it after the requests in progress.
    """
    _require_server()
    given = {"host": host, "port": port, "workers": workers, "root_path": root_path}
    settings = _with(config.load(settings_file), given)
    plugins = find(settings.dashboards)
    for fault in plugins.faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
    from squash_jenkins.server.running import listen, run
    from squash_jenkins.server.signin import refuse_open_listening

    with open_store_for(settings) as store:
        unguarded = refuse_open_listening(settings, store)
    if unguarded:
        click.echo(f"squash-jenkins: warning: {unguarded}", err=True)
    chosen = settings.server
    with listen(chosen.host, chosen.port) as listening:
        shown = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        where = f"http://{shown}:{listening.getsockname()[1]}{chosen.root_path}/"
        click.echo(f"Serving {where} (Ctrl-C ends it).")
        run(settings, plugins, listening)
    click.echo("squash-jenkins: the server has ended.", err=True)


def _with(settings: config.Settings, given: Mapping[str, object]) -> config.Settings:
    """Return the settings with the options of the command line."""
    chosen = {key: value for key, value in given.items() if value is not None}
    server = type(settings.server)(**{**settings.server.model_dump(), **chosen})
    return settings.model_copy(update={"server": server})


def _require_server() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("fastapi", "uvicorn")):
        raise ResourceError(
            "The live server needs more packages: pip install 'squash-jenkins[server]'."
        )
