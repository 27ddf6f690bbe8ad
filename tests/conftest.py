"""Give every test the browser, the databases and, where they are at hand, the real QA files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import databases
from tests.made_documents import made_document

pytest_plugins = ["tests.fixtures_store"]
hypothesis.settings.register_profile("bounded", deadline=None, max_examples=50)
hypothesis.settings.load_profile("bounded")  # no time limits: other programs may run, too
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
    """Return the folder with the real QA files, which may not be part of this repository.

    Each test that asks for it stands beside one on a document of the same shape that is made here.
    """
    if SHARED.is_dir():
        return SHARED
    reason = f"the real QA files are not at hand: there is no folder {SHARED.name} beside the clone"
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI leaves nothing out: {reason}")
    pytest.skip(reason)


@pytest.fixture(params=["made here", "real"])
def document(request: pytest.FixtureRequest) -> Callable[[str], bytes]:
    """Return what reads a QA file by its name: made here, and the real one where it is at hand."""
    if request.param == "made here":
        return made_document
    folder = request.getfixturevalue("shared") / "data" / "squash"
    return lambda name: bytes((folder / name).read_bytes())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real headless Chromium, one for all tests of this process.

    Playwright's second one in a thread would find the event loop of the first and refuse.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_ARGUMENTS)
        yield opened
        opened.close()
