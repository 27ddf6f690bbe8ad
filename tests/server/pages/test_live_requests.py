"""A live page asks for no more files than a static one, but for what keeps it up to date."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Request

pytestmark = pytest.mark.browser
MOST = 12
PATHS = ("", "jobs/ci_hsc/", "jobs/ci_hsc/140/", "metrics/validate_drp.AM1/", "compare/", "health/")


def note(asked: list[str], request: Request) -> None:
    """Note what a page asks for."""
    asked.append(request.url)


def test_live_pages_ask_for_few_files(
    server: Callable[..., Any], samples: Any, browser: Browser
) -> None:
    running = server()
    records = [samples.record("ci_hsc", number) for number in range(1, 141)]
    running.store.save_all(records, controller_url=samples.ROOT)
    counts = {}
    for path in PATHS:
        context = browser.new_context()
        asked: list[str] = []
        context.on("request", partial(note, asked))
        page = context.new_page()
        page.goto(f"{running.url}/{path}")
        page.locator(".account").wait_for()  # who asks is in the page itself
        page.wait_for_function("() => document.readyState === 'complete'")
        page.wait_for_timeout(700)  # for what is asked for late, such as the worker
        counts[path] = [url for url in asked if not url.startswith("data:")]
        assert not any(url.endswith("/api/me/") for url in asked)
        context.close()
    assert {path: urls for path, urls in counts.items() if len(urls) > MOST} == {}
