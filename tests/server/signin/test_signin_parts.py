"""Failures are counted within bounds, passwords are known again for a while, cheaply."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.server.signin import refuse_open_listening
from squash_jenkins.server.signin.attempts import Attempts
from squash_jenkins.server.signin.origins import host_of, is_loopback
from squash_jenkins.server.signin.passwords import Passwords, hashed
from squash_jenkins.store import open_store
from tests import databases
from tests.server import signing


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_failures_are_forgotten_and_bounded() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(10):
        assert attempts.wait("ci", "192.0.2.1") == 0
        attempts.failed("ci", "192.0.2.1")
        clock.now += 1
    assert attempts.wait("ci", "192.0.2.1") == 290
    assert attempts.wait("ci", "192.0.2.2") == attempts.wait("other", "192.0.2.1") == 0
    clock.now += 290
    assert attempts.wait("ci", "192.0.2.1") == 0
    for number in range(50):
        attempts.failed(f"guess {number}", "192.0.2.3")
    assert attempts.wait("another", "192.0.2.3") == 300
    for number in range(12_000):
        attempts.failed("x", f"2001:db8:0:{number:x}::1")
    assert len(attempts._failures) == 10_000


def test_an_ipv6_network_counts_as_one_address() -> None:
    attempts = Attempts(Clock())
    for number in range(10):
        attempts.failed("ci", f"2001:db8:1:2::{number:x}")
    assert attempts.wait("ci", "2001:db8:1:2:ffff::1") == 300
    assert attempts.wait("ci", "2001:db8:1:3::1") == 0
    for number in range(10):
        attempts.failed("old", f"::ffff:192.0.2.{number}")
    assert attempts.wait("old", "192.0.2.1") == 0  # addresses of IPv4 are counted one by one


def test_an_account_is_guessed_from_many_addresses_within_bounds() -> None:
    attempts = Attempts(Clock())
    attempts.succeeded("ci", "192.0.2.1")
    for number in range(100):
        assert attempts.wait("ci", f"198.51.100.{number}") == 0
        attempts.failed("ci", f"198.51.100.{number}")
    assert attempts.wait("ci", "203.0.113.1") == 300
    assert attempts.wait("ci", "192.0.2.1") == 0  # who has signed in from there is not locked out
    assert attempts.wait("other", "203.0.113.1") == 0


def test_success_forgets_the_failures_of_an_account() -> None:
    attempts = Attempts(Clock())
    for _ in range(9):
        attempts.failed("ci", "192.0.2.1")
    attempts.succeeded("ci", "192.0.2.1")
    attempts.failed("ci", "192.0.2.1")
    assert attempts.wait("ci", "192.0.2.1") == 0


def test_a_right_password_is_known_for_a_while() -> None:
    clock, password = Clock(), secrets.token_urlsafe()
    passwords, kept = Passwords(clock), hashed(password)
    assert kept.startswith("$argon2id$") and password not in kept
    assert not passwords.known(password, kept)
    assert passwords.right(password, kept) and passwords.known(password, kept)
    assert not passwords.known(password, hashed(password))  # it was set again meanwhile
    assert not passwords.right(password + "x", kept)
    assert not passwords.right(password, None) and not passwords.right(password, "no hash")
    assert password not in repr(vars(passwords))
    clock.now += 301
    assert not passwords.known(password, kept)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8000", True), ("[::1]:8000", True), ("localhost", True),
        ("LOCALHOST.:1", True), ("squash.localhost:1", True), ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:1", False), ("192.0.2.1", False), ("", False), ("[::1", True),
    ],
)  # fmt: skip
def test_names_of_the_own_machine(host: str, own: bool) -> None:
    assert is_loopback(host_of(host)) == own


def test_without_accounts_it_listens_to_this_machine_only(tmp_path: Path) -> None:
    def settings(host: str) -> Settings:
        return Settings(folder=tmp_path, server={"host": host}).resolved()

    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as store:
        said = refuse_open_listening(settings("127.0.0.1"), store)
        assert said is not None and "user add" in said
        with pytest.raises(SettingsError, match=r"0\.0\.0\.0.*user add"):
            refuse_open_listening(settings("0.0.0.0"), store)  # noqa: S104 - it is refused
        signing.join(store, "ci")
        assert refuse_open_listening(settings("0.0.0.0"), store) is None  # noqa: S104 - see above


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that runs the program in a folder of its own."""
    environment = {**os.environ, "SQUASH_DATABASE": databases.url_of(tmp_path)}

    def call(*arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, "-m", "squash_jenkins", *arguments]
        return subprocess.run(
            program, cwd=tmp_path, input=given, capture_output=True, text=True, env=environment
        )

    return call


def test_serve_refuses_to_listen_to_everybody(
    run: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    ended = run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it is refused
    assert ended.returncode == 2 and "user add" in ended.stderr, ended.stderr
