"""Accounts, tokens and sessions are kept without any secret, and seen by every reader."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.errors import StoreError
from squash_jenkins.store import Store, open_store
from squash_jenkins.store.service import audit
from squash_jenkins.store.service.accounts import Accounts
from tests import databases

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as opened:
        yield opened


@pytest.fixture
def accounts(store: Store) -> Accounts:
    """Return the accounts of an empty store."""
    return store.accounts


def test_names_are_unique_to_the_letter(accounts: Accounts) -> None:
    assert accounts.is_empty()
    for name in ("ci", "CI", "cı"):  # some databases take these for one
        accounts.add(name, None, "reader", NOW)
    assert not accounts.is_empty()
    with pytest.raises(StoreError, match="already"):
        accounts.add("ci", None, "admin", NOW)
    assert len(accounts.all()) == 3
    found = accounts.find("CI")
    assert found is not None and found.name == "CI" and found.created == NOW
    assert accounts.find("nobody") is None


def test_of_many_at_once_one_gets_a_name(accounts: Accounts) -> None:
    def add(_number: int) -> bool:
        try:
            return accounts.add("ci", None, "reader", NOW) > 0
        except StoreError as error:
            assert "already" in str(error)
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(16))) == [False] * 15 + [True]
    assert [each.name for each in accounts.all()] == ["ci"]


def test_no_secret_lies_in_the_database(accounts: Accounts, tmp_path: Path) -> None:
    token, cookie = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    key = accounts.add("ci", None, "submitter", NOW)
    accounts.add_token(
        key, token, NOW, label="", shown=token[:6], role="reader", jobs=["a/*"], expires=None
    )
    accounts.begin_session(key, cookie, NOW, NOW + timedelta(hours=1))
    found = accounts.token(token)
    assert found is not None and found.jobs == ["a/*"] and found.account == key
    assert accounts.token(token + "x") is None
    if databases.SERVER is None:
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("squash.sqlite*"))
        assert token.encode() not in kept and cookie.encode() not in kept
    accounts.mark_used(found.key, NOW)
    assert [each.used for each in accounts.tokens(key)] == [NOW]
    assert accounts.revoke(found.key) and not accounts.revoke(found.key)


def test_sessions_end(accounts: Accounts) -> None:
    key = accounts.add("somebody", "hash", "reader", NOW)
    first, second = "a" * 40, "b" * 40
    for cookie in (first, second):
        accounts.begin_session(key, cookie, NOW, NOW + timedelta(hours=1))
    assert accounts.session(first, NOW) is not None
    assert accounts.session(first, NOW + timedelta(hours=1)) is None
    accounts.end_session(first)
    assert accounts.session(first, NOW) is None and accounts.session(second, NOW) is not None
    accounts.change(key, password="another")
    assert accounts.session(second, NOW) is None


def test_removing_takes_everything_along(accounts: Accounts) -> None:
    key = accounts.add("somebody", "hash", "reader", NOW)
    accounts.begin_session(key, "a" * 40, NOW, NOW + timedelta(hours=1))
    accounts.add_token(
        key, "b" * 40, NOW, label="", shown="b", role="reader", jobs=[], expires=None
    )
    accounts.remove(key)
    assert accounts.is_empty() and accounts.tokens() == []
    assert accounts.session("a" * 40, NOW) is None


def test_the_log_is_read_in_pages(store: Store) -> None:
    for number in range(5):
        store.audit.add(audit.entry(
            at=NOW, who="ci", how="token", address="", action="build.post",
            target=f"job #{number}", detail={"number": number},
        ))  # fmt: skip
    first = store.audit.newest(2)
    assert [row.detail["number"] for row in first] == [4, 3]
    rest = store.audit.newest(9, before=first[-1].key)
    assert [row.target for row in rest] == ["job #2", "job #1", "job #0"]
    assert rest[0].at == NOW
