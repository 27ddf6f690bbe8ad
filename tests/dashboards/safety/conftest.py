"""Give tests of safety a server with a policy, and a browser that watches what a page does."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

Open = Callable[[Path, str], str]

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'"
)
SETTLED = """() => {
  const waits = (each) => each.childElementCount === 0 && each.offsetParent
    && /^Loading/.test(each.textContent.trim());
  const parts = [...document.querySelectorAll("main *")];
  return document.readyState === "complete" && !parts.some(waits);
}"""
STARTS = ("index.html", "plain/index.html")
"""The second one is linked for readers without scripts only."""
CANARY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`blocked ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


def kind_of(path: str) -> str:
    """Return the kind of a page of the site, such as ``job``, ``build`` or ``findings/*``."""
    file, _, query = path.partition("?")
    parts = unquote(file).removesuffix("index.html").strip("/").split("/")
    if parts[0] == "at":
        parts = parts[2:]
    if parts[0] == "jobs":
        numbers = [at for at, part in enumerate(parts) if re.fullmatch(r"\d+(@.*)?", part)]
        rest = (
            parts[numbers[0] + 1 :] if numbers else [part for part in parts[-1:] if part == "plain"]
        )
        kind = "/".join(["build" if numbers else "job", *(["*"] * len(rest) if numbers else rest)])
    else:
        kind = "/".join([parts[0], *(["*"] * (len(parts) - 1))])
    return f"{kind}?" if query else kind


@dataclass
class Watch:
    """Open pages of one browser context and note everything that a harmless page does not do."""

    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def page(self, root: str) -> Page:
        """Return a page that is watched; it may ask for files below `root` only."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self._note(page, f"error: {error}"))
        page.on("dialog", lambda dialog: self._dialog(page, dialog))
        page.on("popup", lambda _: self._note(page, "a new window"))
        page.on("console", lambda said: self._console(page, said.type, said.text))
        page.on("request", lambda asked: self._request(page, root, asked.url))
        return page

    def open(self, page: Page, url: str) -> bool:
        """Open a page and wait until what it loads is there; tell whether it is a page at all."""
        try:
            answer = page.goto(url)
        except PlaywrightError as error:
            self._note(page, f"{url} does not open: {error.message.splitlines()[0]}")
            return False
        if answer is not None and answer.status >= 400:
            self._note(page, f"answered {answer.status}")
            return False
        try:
            page.wait_for_function(SETTLED, timeout=20_000)
        except PlaywrightTimeout:
            self._note(page, f"still loading: {page.locator('main').inner_text()[:300]}")
        if page.evaluate("window.__hit !== undefined"):
            self._note(page, "the canary was hit")
        return True

    def _dialog(self, page: Page, dialog: Dialog) -> None:
        self._note(page, f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._note(page, f"{kind}: {text[:300]}")

    def _request(self, page: Page, root: str, url: str) -> None:
        if not url.startswith((root, "data:", "blob:")):
            self._note(page, f"asked for {url[:200]}")

    def _note(self, page: Page, text: str) -> None:
        self.faults.append(f"{page.url[:160]}: {text}")


def crawl(
    watch: Watch,
    root: str,
    bound: int,
    look: Callable[[Page, str], None],
    apart: Callable[[str], str] = kind_of,
) -> set[str]:
    """Follow all links of a site, at most `bound` pages of a kind; return the kinds.

    `apart` tells from the path which pages are counted together.
    """
    page = watch.page(root)
    counts: dict[str, int] = {}
    kinds: set[str] = set()
    waiting = [*STARTS]
    known = {*waiting}
    while waiting:
        path = waiting.pop(0)
        group = apart(path)
        if counts.get(group, 0) >= bound:
            continue
        counts[group] = counts.get(group, 0) + 1
        kinds.add(kind_of(path))
        if not watch.open(page, f"{root}/{path}"):
            continue
        look(page, kind_of(path))
        hrefs = page.locator("a[href]").evaluate_all("all => all.map(each => each.href)")
        for href in hrefs:
            inside = href.removeprefix(f"{root}/").partition("#")[0]
            page_of_site = href.startswith(f"{root}/") and not inside.endswith(".atom")
            if page_of_site and inside not in known:
                known.add(inside)
                waiting.append(inside)
    page.close()
    return kinds


@contextmanager
def serving(folder: Path, policy: str) -> Iterator[str]:
    """Serve a folder with a Content-Security-Policy; give the URL."""

    class Strict(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            if policy:
                self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def watching(browser: Browser) -> Iterator[Callable[..., Watch]]:
    """Return a function that opens a watched context; any fault fails the test."""
    watches: list[Watch] = []

    def watch(**about: Any) -> Watch:
        usual: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "timezone_id": "UTC"}
        context = browser.new_context(**{**usual, **about})
        context.add_init_script(CANARY)
        watches.append(Watch(context))
        return watches[-1]

    yield watch
    faults = [fault for each in watches for fault in each.faults]
    for each in watches:
        each.context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def serve() -> Iterator[Open]:
    """Return a function that serves a folder with a policy and gives its URL."""
    with ExitStack() as stack:
        yield lambda folder, policy: stack.enter_context(serving(folder, policy))
