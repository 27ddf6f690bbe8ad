"""Give every test the shared recordings and the real QA files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import databases

SHARED = Path(__file__).resolve().parents[2] / "shared"
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def _databases_of_all() -> Iterator[None]:
    """Drop what was made on a database server."""
    yield
    databases.drop(databases.made())


@pytest.fixture(autouse=True)
def _databases_of_test() -> Iterator[None]:
    """Drop after a test what was made on a database server for that test."""
    before = databases.made()
    yield
    databases.drop(databases.made() - before)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the recordings of a real Jenkins and the real QA files."""
    if not SHARED.is_dir():
        pytest.fail(f"{SHARED} is missing: these tests read real recordings from there")
    return SHARED


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real headless Chromium, one for all tests of this process.

    Playwright's second one in a thread would find the event loop of the first and refuse.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_ARGUMENTS)
        yield opened
        opened.close()
