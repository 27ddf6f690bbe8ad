"""The command line: one file for each command, imported only when it is called."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from squash_jenkins import __version__
from squash_jenkins.errors import SettingsError, SquashError

EXIT_CODES = """\b
Exit codes: 0 done (post-build: also when Jenkins or the database was
unavailable, with a warning, unless --fail-on was given), 1 the command failed
or a check did, 2 wrong arguments or settings, 3 a limit of --fail-on was missed
or could not be checked, or findings list --fail lists an open regression, 130
stopped by Ctrl-C."""

_COMMANDS = (
    "post-build",
    "ingest",
    "backfill",
    "watch",
    "dashboards",
    "serve",
    "user",
    "init",
    "check",
    "status",
    "findings",
    "changes",
    "quarantine",
    "notify",
    "metrics",
    "db",
    "plugins",
    "demo",
)


class _Commands(click.Group):
    """Import a command's module when it is called, so that post-build starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"squash_jenkins.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(cls=_Commands, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="squash-jenkins")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Settings file; by default $SQUASH_SETTINGS, otherwise squash.toml in this folder.",
)
@click.pass_context
def group(ctx: click.Context, settings: Path | None) -> None:
    """Follow the quality metrics of Jenkins builds and link them to dashboards."""
    ctx.obj = settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every expected error becomes one message and an exit code."""
    try:
        status = group.main(arguments, standalone_mode=False, prog_name="squash-jenkins")
    except click.exceptions.NoArgsIsHelpError as help_text:
        help_text.show()
        status = 2
    except click.ClickException as error:
        error.show()
        status = 2
    except SettingsError as error:
        click.echo(f"squash-jenkins: {error}", err=True)
        status = 2
    except SquashError as error:
        click.echo(f"squash-jenkins: {error}", err=True)
        status = 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("squash-jenkins: stopped.", err=True)
        status = 130
    sys.exit(status if isinstance(status, int) else 0)
