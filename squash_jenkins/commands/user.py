"""squash-jenkins user: accounts and tokens of the live server."""

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.audited import operator, recording_of
from squash_jenkins.errors import NotFound, ResourceError, SettingsError
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.store import Store
from squash_jenkins.store.service.accounts import AccountRow, Accounts, TokenRow
from squash_jenkins.text.dates import day_text, moment_text

PREFIX = "sqj_"
"""Beginning of every token, so that scanners for secrets find tokens in repositories."""
ROLES = ("reader", "submitter", "admin")
_LONGEST = 100
_SHORTEST = 10
"""Fewest characters of a password."""
_SHOWN = 10
_ROLE = click.Choice(ROLES)
_PASSWORD = click.option(
    "--password-file",
    type=click.File(),
    help="File whose first line is the password; - for standard input. Without it you are asked.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("user")
def command() -> None:
    """Manage accounts of the live server: people with passwords, programs with tokens.

    A running server sees every change within two seconds, and every change is in its audit log.
    """


@command.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=_ROLE,
    default="reader",
    show_default=True,
    help="A reader reads, a submitter also posts builds, an admin does everything.",
)
@click.option("--no-password", is_flag=True, help="For programs: sign in with tokens only.")
@_PASSWORD
@click.pass_obj
def add(
    settings_file: Path | None, name: str, role: str, no_password: bool, password_file: Any
) -> None:
    """Create the account NAME for a person or a program."""
    _check_name(name)
    hashed_password = None if no_password else _hashed(password_file)
    with _accounts(settings_file) as (store, accounts):
        accounts.add(name, hashed_password, role, datetime.now(UTC))
        _note(store, "user.add", name, role=role)
    click.echo(f"{name} has an account ({role}).")


@command.command("password")
@click.argument("name")
@_PASSWORD
@click.pass_obj
def password(settings_file: Path | None, name: str, password_file: Any) -> None:
    """Set a new password for NAME and end the sessions of NAME; tokens stay valid."""
    with _accounts(settings_file) as (store, accounts):
        account = _found(accounts, name)
        accounts.change(account.key, password=_hashed(password_file))
        _note(store, "user.password", name)
    click.echo(f"{name} has a new password.")


@command.command("role")
@click.argument("name")
@click.argument("role", type=_ROLE)
@click.pass_obj
def change_role(settings_file: Path | None, name: str, role: str) -> None:
    """Change the role of the account NAME to ROLE; its tokens may never do more than that."""
    with _accounts(settings_file) as (store, accounts):
        accounts.change(_found(accounts, name).key, role=role)
        _note(store, "user.role", name, role=role)
    click.echo(f"{name} is now {role}.")


@command.command("disable")
@click.argument("name")
@click.pass_obj
def disable(settings_file: Path | None, name: str) -> None:
    """Disable the account NAME, with its tokens and sessions."""
    with _accounts(settings_file) as (store, accounts):
        accounts.change(_found(accounts, name).key, disabled=datetime.now(UTC))
        _note(store, "user.disable", name)
    click.echo(f"{name} can no longer sign in; its tokens are refused.")


@command.command("enable")
@click.argument("name")
@click.pass_obj
def enable(settings_file: Path | None, name: str) -> None:
    """Enable the account NAME again; its tokens are valid as before."""
    with _accounts(settings_file) as (store, accounts):
        accounts.change(_found(accounts, name).key, disabled=None)
        _note(store, "user.enable", name)
    click.echo(f"{name} can sign in again.")


@command.command("remove")
@click.argument("name")
@click.pass_obj
def remove(settings_file: Path | None, name: str) -> None:
    """Delete the account NAME, its tokens and sessions; the audit log keeps what it did."""
    with _accounts(settings_file) as (store, accounts):
        accounts.remove(_found(accounts, name).key)
        _note(store, "user.remove", name)
        last = accounts.is_empty()
    click.echo(f"{name} was removed.")
    if last:
        click.echo(
            "squash-jenkins: warning: there is no account now; a server listens on its own "
            "machine only, and anyone there may write.",
            err=True,
        )


@command.command("token")
@click.argument("name")
@click.option("--role", type=_ROLE, help="Role, at most that of the account; by default submitter.")
@click.option(
    "--job",
    "jobs",
    multiple=True,
    metavar="GLOB",
    help="Jobs that it may write to; by default all. May be given several times.",
)
@click.option(
    "--expires",
    type=click.IntRange(1, 36500),
    metavar="DAYS",
    help="Days until it expires; by default never.",
)
@click.option("--label", default="", help="Purpose of the token.")
@click.pass_obj
def token(
    settings_file: Path | None,
    name: str,
    role: str | None,
    jobs: tuple[str, ...],
    expires: int | None,
    label: str,
) -> None:
    """Create a token of the account NAME for a program, and show it once."""
    now, secret = datetime.now(UTC), PREFIX + secrets.token_urlsafe(32)
    with _accounts(settings_file) as (store, accounts):
        account = _found(accounts, name)
        about = {
            "label": label[:_LONGEST],
            "shown": secret[:_SHOWN],
            "role": _token_role(account, role, jobs),
            "jobs": list(jobs),
            "expires": now + timedelta(days=expires) if expires else None,
        }
        key = accounts.add_token(account.key, secret, now, **about)
        _note(store, "token.add", name, token=key, role=about["role"], jobs=list(jobs))
    click.echo(secret)
    click.echo(
        f"This is token {key} of {name} ({about['role']}). It is not shown again: store it "
        "as a secret. Programs send it as `Authorization: Bearer …`.",
        err=True,
    )


@command.command("revoke")
@click.argument("number", type=int)
@click.pass_obj
def revoke(settings_file: Path | None, number: int) -> None:
    """Delete the token with this NUMBER (see `user list`)."""
    with _accounts(settings_file) as (store, accounts):
        if not accounts.revoke(number):
            raise NotFound(f"There is no token {number}: `squash-jenkins user list` lists them.")
        _note(store, "token.revoke", str(number))
    click.echo(f"Token {number} was revoked.")


@command.command("list")
@_JSON
@click.pass_obj
def list_users(settings_file: Path | None, as_json: bool) -> None:
    """List accounts and their tokens."""
    with _accounts(settings_file) as (_store, accounts):
        facts = [_facts(each, accounts.tokens(each.key)) for each in accounts.all()]
    if as_json:
        click.echo(json.dumps(facts, indent=1, default=datetime.isoformat))
        return
    for each in facts:
        signs = "password" if each["password"] else "tokens only"
        off = ", disabled" if each["disabled"] else ""
        click.echo(f"{each['name']}: {each['role']}, {signs}{off}")
        for one in each["tokens"]:
            click.echo(f"  {_line(one)}")
    if not facts:
        click.echo("There is no account: create one with `squash-jenkins user add NAME`.")


@contextmanager
def _accounts(settings_file: Path | None) -> Iterator[tuple[Store, Accounts]]:
    with open_store_for(config.load(settings_file)) as store:
        yield store, store.accounts


def _found(accounts: Accounts, name: str) -> AccountRow:
    account = accounts.find(name)
    if account is None:
        raise NotFound(f"There is no account {name!r}: `squash-jenkins user list` lists them.")
    return account


def _note(store: Store, action: str, target: str, **detail: Any) -> None:
    """Write a change to the audit log; whoever has the settings needs no account."""
    store.audit.add(recording_of(operator())(action, target, detail))


def _check_name(name: str) -> None:
    """Refuse names that HTTP Basic cannot send, or that look like others in a log."""
    fits = name.isprintable() and name == name.strip() and 0 < len(name) <= _LONGEST
    if not fits or ":" in name:
        raise SettingsError(
            f"{name[:80]!r} cannot be a name: use 1 to {_LONGEST} visible characters, no "
            "colon, and no blank at either end."
        )


def _hashed(file: Any) -> str:
    """Return the hash of a password that is read from a file or prompted for."""
    if file is not None:
        given = file.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise SettingsError(
            "Cannot ask for the password without a terminal: use --password-file FILE (- for "
            "standard input), or --no-password for an account with tokens only."
        )
    if len(given) < _SHORTEST:
        raise SettingsError(
            f"The password must have at least {_SHORTEST} characters: choose a longer one."
        )
    try:
        from squash_jenkins.server.signin.passwords import hashed
    except ModuleNotFoundError as error:
        raise ResourceError(
            "Accounts with passwords need more packages: pip install 'squash-jenkins[server]'."
        ) from error
    return hashed(given)


def _token_role(account: AccountRow, role: str | None, jobs: tuple[str, ...]) -> str:
    most = ROLES.index(account.role)
    chosen = role or ROLES[min(most, ROLES.index("submitter"))]
    if ROLES.index(chosen) > most:
        raise SettingsError(
            f"{account.name} is {account.role}, so its tokens cannot be {chosen}: choose "
            f"--role {account.role}, or change the role of the account first."
        )
    if jobs and chosen == "admin":
        raise SettingsError("A token for some jobs cannot be admin: choose --role submitter.")
    return chosen


def _facts(account: AccountRow, tokens: list[TokenRow]) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "password": account.password is not None,
        "created": account.created,
        "disabled": account.disabled,
        "tokens": [
            {
                "number": each.key,
                "label": each.label,
                "begins": each.shown,
                "role": each.role,
                "jobs": list(each.jobs),
                "created": each.created,
                "expires": each.expires,
                "used": each.used,
            }
            for each in tokens
        ],
    }


def _line(token: dict[str, Any]) -> str:
    until = f"expires {day_text(token['expires'])}" if token["expires"] else "never expires"
    used = f"used {moment_text(token['used'])}" if token["used"] else "never used"
    parts = [token["role"], *(f"job {glob}" for glob in token["jobs"]), until, used]
    label = f" {token['label']}" if token["label"] else ""
    return f"token {token['number']} {token['begins']}…{label}: {', '.join(parts)}"
