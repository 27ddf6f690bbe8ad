"""Open a site made of hostile names and texts: nothing of it may run, all of it is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboards.safety import hostile_corpus as corpus
from tests.dashboards.safety.conftest import Open, Watch, crawl

pytestmark = pytest.mark.browser
STRANGE = """() => {
  const odd = ([each, at]) => /^on/i.test(at.name)
    || (at.name === "style" && !each.closest(".figure, .plot, .series-space"))
    || (["href", "src", "action"].includes(at.name) && /^\\s*(javascript|data):/i.test(at.value)
      && !each.matches("link[rel=icon]"));
  const all = [...document.querySelectorAll("*")];
  const found = all.flatMap((each) => [...each.attributes].map((at) => [each, at])).filter(odd);
  const inline = document.querySelectorAll("script:not([src]), iframe, object, embed, base");
  return [...found.map(([each, at]) => `${each.localName} ${at.name}=${at.value}`),
    ...[...inline].map((each) => each.outerHTML)];
}"""


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, faults = corpus.make_site(tmp_path_factory.mktemp("hostile"))
    assert faults == []
    return folder


@pytest.mark.parametrize("way", ["http", "file"])
def test_nothing_hostile_runs_on_any_page_and_it_is_shown_as_it_is(
    hostile: Path, watching: Callable[..., Any], serve: Open, way: str
) -> None:
    root = serve(hostile, "") if way == "http" else hostile.as_uri()
    shown: list[str] = []

    def look(page: Page, kind: str) -> None:
        assert page.evaluate(STRANGE) == [], page.url
        folded = page.locator("main details:not([open])")
        folded.evaluate_all("all => all.slice(0, 3).forEach((each) => { each.open = true; })")
        if page.locator("main canvas").count():
            sweep(page)
        if kind in ("", "metrics/*"):
            seek(page)
        shown.append(page.locator("body").inner_text())

    kinds = crawl(watching(), root, 2 if way == "http" else 1, look)
    assert {"index.html", "job", "build", "job/plain", "metrics/*", "findings/*"} <= {
        "index.html" if kind == "" else kind for kind in kinds
    }
    text = "\n".join(shown)
    for each in (*corpus.MARKUP, "=1+1+cmd|' /C calc'!A0", "__proto__", "constructor"):
        assert each in text


def sweep(page: Page) -> None:
    """Move over the first plot, so that what hovers over points is shown."""
    box = page.locator("main canvas").first.bounding_box()
    assert box is not None
    for at in range(1, 12):
        page.mouse.move(box["x"] + box["width"] * at / 12, box["y"] + box["height"] * 0.7)


def seek(page: Page) -> None:
    """Type into the search field, so that names are listed."""
    box = page.locator(".finder input")
    if box.count():
        box.fill("script")
        page.locator(".finder li").first.wait_for()
        page.evaluate("document.querySelector('.finder ul').remove()")


def test_the_watch_sees_what_runs(browser: Browser, tmp_path: Path) -> None:
    """Or the tests above would prove nothing."""
    bad = corpus.MARKUP[2] + "<script>alert(1)</script><img src='http://127.0.0.1:9/'>"
    (tmp_path / "bad.html").write_text(f"<main>{bad}</main>")
    watch = Watch(browser.new_context())
    watch.open(watch.page(tmp_path.as_uri()), f"{tmp_path.as_uri()}/bad.html")
    watch.context.close()
    faults = "\n".join(watch.faults)
    for each in ("the canary was hit", "a dialog: 1", "asked for http://127.0.0.1:9/", "error: "):
        assert each in faults
