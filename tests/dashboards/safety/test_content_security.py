"""Serve the site under the strictest policies: everything is seen, nothing has to be blocked.

Every kind of page is opened under the same policy in ``test_accessibility.py``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from squash_jenkins.commands import main
from tests.dashboards.safety.conftest import STRICT, Open

pytestmark = pytest.mark.browser
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
"""What Jenkins sends with archived files, see hudson.model.DirectoryBrowserSupport.CSP."""
PLAIN = "jobs/sqre/ci_hsc/plain/index.html"


def test_figures_look_the_same_under_the_policy_as_without(
    site: Path, watching: Callable[..., Any], serve: Open
) -> None:
    sizes = []
    for root in (serve(site, STRICT), serve(site, "")):
        watch = watching()
        page = watch.page(root)
        watch.open(page, f"{root}/metrics/validate_drp.AD1/index.html")
        page.locator("main canvas").first.wait_for()
        page.wait_for_function("window.Bokeh && Bokeh.documents.every((each) => each.is_idle)")
        sizes.append(page.locator("main .figure").first.bounding_box())
        styles = "() => [...document.querySelectorAll('squash-sheet, style')].length"
        assert page.evaluate(styles) == 0  # all are in the shadow roots of figures
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("way", ["jenkins", "file", "without scripts"])
def test_the_plain_page_is_whole_where_no_script_runs(
    site: Path, watching: Callable[..., Any], serve: Open, way: str
) -> None:
    watch = watching(java_script_enabled=way == "file")
    root = serve(site, JENKINS) if way == "jenkins" else site.as_uri()
    page = watch.page(root)
    page.goto(f"{root}/{PLAIN}")
    whole(page)
    assert page.locator("script").count() == 0
    page.goto(f"{root}/plain/index.html")
    page.get_by_role("link", name="sqre/ci_hsc").click()
    assert page.url.endswith(PLAIN)


def whole(page: Page) -> None:
    """Check that summary, table, drawings and styles are there."""
    text = page.locator("main").inner_text()
    for part in ("miss minimum", "got worse by", "Code changes in #40", "Latest builds"):
        assert part in text
    assert page.locator("table tbody tr").count() > 30
    drawing = page.locator(".trends svg").first
    assert (drawing.bounding_box() or {"height": 0})["height"] > 100
    line = drawing.locator("polyline").first
    assert line.evaluate("each => getComputedStyle(each).fill") == "none"
    assert page.locator("body").evaluate("each => getComputedStyle(each).margin") == "0px"


def test_every_page_leads_readers_without_scripts_to_the_plain_one(
    site: Path, watching: Callable[..., Any]
) -> None:
    page = watching(java_script_enabled=False).page(site.as_uri())
    for path in ("index.html", "jobs/sqre/ci_hsc/38/index.html"):
        page.goto(f"{site.as_uri()}/{path}")
        page.get_by_role("link", name="View it without scripts").click()
    assert page.url.endswith(PLAIN)


def test_a_build_can_archive_its_page(
    site: Path,
    tmp_path: Path,
    watching: Callable[..., Any],
    serve: Open,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = tmp_path / "squash.toml"
    settings.write_text(f'database = "sqlite:///{site.parent}/squash.sqlite"\n')
    out = tmp_path / "page"
    call = ["--settings", str(settings), "dashboards", "plain", str(out), "--job", "sqre/ci_hsc"]
    assert run(*call, "--number", "34") == 0
    names = ["index.html", "plain.css", "style.css", "theme.css"]
    assert sorted(file.name for file in out.iterdir()) == names
    root = serve(out, JENKINS)
    page = watching().page(root)
    page.goto(f"{root}/index.html")
    assert "sqre/ci_hsc #34" in page.locator("h1").inner_text()
    assert page.locator(".trends svg").count() > 10
    hrefs = page.locator("a").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    assert hrefs
    assert all(each.startswith(("#content", "https://")) for each in hrefs)
    assert run(*call, "--number", "20") == 2
    assert "Build sqre/ci_hsc #20 has not been ingested" in capsys.readouterr().err


def run(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)
