"""``squash-jenkins user``: accounts and tokens are made and changed by who runs the server."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.commands import main
from squash_jenkins.server.signin.passwords import Passwords
from squash_jenkins.store import open_store
from tests import databases


class Program:
    """Run the command line in a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        controller = '[controllers.main]\nurl = "https://ci.example.org/"\n'
        told = f'database = "{databases.url_of(folder)}"\n{controller}'
        (folder / "squash.toml").write_text(told)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--settings", str(self.folder / "squash.toml"), "user", *arguments])
        said = self._capsys.readouterr()
        assert ended.value.code == code, said.err
        self.errors = said.err
        return said.out

    def add(self, name: str, *options: str) -> str:
        """Make an account and return its password."""
        password = secrets.token_urlsafe()
        file = self.folder / "password"
        file.write_text(f"{password}\n")
        self("add", name, "--password-file", str(file), *options)
        return password

    def listed(self) -> Any:
        return json.loads(self("list", "--json"))


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(tmp_path, capsys)


def accounts_of(program: Program) -> Any:
    return open_store(databases.url_of(program.folder), str(program.folder / "blobs"))


def test_an_account_from_its_making_to_its_end(program: Program) -> None:
    assert "There is no account" in program("list")
    password = program.add("somebody", "--role", "submitter")
    with accounts_of(program) as store:
        kept = store.accounts.find("somebody")
        assert kept is not None and Passwords().right(password, kept.password)
    program("disable", "somebody")
    assert program.listed()[0]["disabled"]
    assert "disabled" in program("list")
    program("enable", "somebody")
    program("role", "somebody", "admin")
    (facts,) = program.listed()
    assert facts["role"] == "admin" and facts["disabled"] is None and facts["password"] is True
    program("remove", "somebody")
    assert "there is no account now" in program.errors
    assert program.listed() == []
    with accounts_of(program) as store:
        log = [row.action for row in store.audit.newest(9)]
    assert log == ["user.remove", "user.role", "user.enable", "user.disable", "user.add"]


def test_a_token_is_shown_once_and_bounded(program: Program) -> None:
    program("add", "ci", "--role", "submitter", "--no-password")
    made = program("token", "ci", "--job", "drp/*", "--expires", "30", "--label", "nightly")
    secret = made.strip()
    assert secret.startswith("sqj_") and len(secret) > 43
    (facts,) = program.listed()
    (token,) = facts["tokens"]
    assert token["jobs"] == ["drp/*"] and token["role"] == "submitter"
    left = datetime.fromisoformat(token["expires"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    listed = program("list")
    assert "nightly" in listed and "never used" in listed and secret not in listed
    program("token", "ci", "--role", "admin", code=2)
    program("revoke", str(token["number"]))
    assert program.listed()[0]["tokens"] == []
    program("revoke", str(token["number"]), code=1)
    with accounts_of(program) as store:
        assert secret not in repr(store.audit.newest(9))


def test_what_cannot_be_is_refused(program: Program) -> None:
    program.add("boss", "--role", "admin")
    program("token", "boss", "--role", "admin", "--job", "a", code=2)
    for name in ("", "a:b", " a", "a\n", "x" * 101):
        program("add", "--no-password", "--", name, code=2)
    (program.folder / "short").write_text("123\n")
    program("add", "other", "--password-file", str(program.folder / "short"), code=2)
    program("add", "boss", "--no-password", code=1)
    for unknown in (["remove", "x"], ["token", "x"], ["disable", "x"]):
        program(*unknown, code=1)
    assert [each["name"] for each in program.listed()] == ["boss"]


def test_a_new_password_holds(program: Program) -> None:
    old = program.add("somebody")
    new = secrets.token_urlsafe()
    (program.folder / "new").write_text(new)
    program("password", "somebody", "--password-file", str(program.folder / "new"))
    with accounts_of(program) as store:
        kept = store.accounts.find("somebody")
    assert kept is not None
    assert Passwords().right(new, kept.password) and not Passwords().right(old, kept.password)
