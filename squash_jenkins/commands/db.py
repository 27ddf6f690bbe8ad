"""squash-jenkins db: show and upgrade the database schema."""

from pathlib import Path

import click

from squash_jenkins import config


@click.group("db")
def command() -> None:
    """Show and upgrade the database schema."""


@command.command("current")
@click.pass_obj
def current(settings_file: Path | None) -> None:
    """Print the revision of the database and the one that this program needs."""
    from squash_jenkins.store import upgrading

    found = upgrading.current(config.load(settings_file).database) or "none (it is empty)"
    click.echo(f"The database has revision {found}; this program needs {upgrading.head()}.")


@command.command("upgrade")
@click.pass_obj
def upgrade(settings_file: Path | None) -> None:
    """Upgrade the database to the revision that this program needs (SQLite: after a backup)."""
    from squash_jenkins.ingest.saving import open_store_for
    from squash_jenkins.store import upgrading

    settings = config.load(settings_file)
    backup = upgrading.upgrade(settings.database)
    open_store_for(settings, seed=True).close()
    click.echo(f"The database has revision {upgrading.head()}.")
    if backup is not None:
        click.echo(f"A backup of the previous state is in {backup}.")


@command.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration called MESSAGE for the changed schema (for developers).

    It is written to db/migrations/versions.
    """
    from squash_jenkins.store.upgrading import make_revision

    click.echo(f"Wrote {make_revision(message)}: read it, then run `make test`.")
