from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
LIST = "findings/index.html"
AD1 = "metrics/validate_drp.AD1/index.html?job=sqre/ci_hsc"
COLUMN = "([source, column]) => squash.source(squash.plots[0], source).data[column]"
PLACE = """at => {
  const plot = squash.plots[0], view = Bokeh.index.find_one_by_id(plot.model.id);
  const data = squash.source(plot, "marks").data;
  const box = plot.place.querySelector(".figure").getBoundingClientRect();
  const frame = view.frame, share = frame.y_scales.get("share");
  return [box.x + frame.x_scale.compute(data.x[at]), box.y + share.compute(data.y[at])];
}"""


def column(page: Page, source: str, name: str) -> list[Any]:
    found: list[Any] = page.evaluate(COLUMN, [source, name])
    return found


def drawn(page: Page) -> Page:
    """Wait until the plot is fed and laid out."""
    page.wait_for_selector("#history[data-points]")
    page.wait_for_function("() => Bokeh.index.find_one_by_id(squash.plots[0].model.id).frame")
    page.wait_for_timeout(150)
    return page


def listed(page: Page) -> list[str]:
    return page.locator(
        "article.finding:visible h3 a, tr[data-state]:visible td:first-child a"
    ).all_inner_texts()


def test_the_choice_of_the_list_is_in_the_address(visit: Visit) -> None:
    page = visit(LIST)
    everything = listed(page)
    page.select_option("select[name=only]", "worse")
    page.select_option("select[name=job]", "sqre/ci_hsc")
    worse = listed(page)
    assert 0 < len(worse) < len(everything)
    assert page.locator("section.findings:visible h2").all_inner_texts()[0] == "Regressions 2"
    page.select_option("select[name=state]", "past")
    assert page.locator("section.findings:visible h2").all_inner_texts() == ["Past 1"]
    page.select_option("select[name=only]", "")
    page.select_option("select[name=state]", "")
    page.select_option("select[name=job]", "ci_cfht")
    sections = page.locator("section.findings:visible h2").all_inner_texts()
    assert sections == ["Improvements 1 of 2"]
    page.select_option("select[name=only]", "worse")
    page.select_option("select[name=job]", "sqre/ci_hsc")
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"only": ["worse"], "job": ["sqre/ci_hsc"]}
    again = visit(page.url.split("/site/")[1])
    assert listed(again) == worse
    again.select_option("select[name=state]", "muted")
    assert listed(again) == []
    again.get_by_role("link", name="Show all findings").click()
    assert listed(again) == everything


def test_findings_are_filtered_and_sorted_by_what_they_are_about(visit: Visit) -> None:
    page = visit(LIST)
    page.select_option("select[name=metric]", "validate_drp.PF1")
    assert listed(page) == ["AD1 got worse by 19%"]
    page.select_option("select[name=metric]", "")
    page.select_option("select[name=size]", "10")
    large = listed(page)
    assert "AD1 got worse by 19%" in large and "PA1 drifted up, +4.4%" not in large
    page.select_option("select[name=size]", "")
    page.select_option("select[name=age]", "1")
    assert listed(page) == [], "all began long ago"
    page.select_option("select[name=age]", "")
    newest = listed(page)
    page.select_option("select[name=sort]", "oldest")
    regressions = page.locator("section.findings").first.locator("h3 a").all_inner_texts()
    assert regressions == [each for each in newest if each in regressions][::-1]
    assert len(regressions) > 1
    assert parse_qs(urlsplit(page.url).query) == {"sort": ["oldest"]}
    page.go_back()
    page.wait_for_function("() => !location.search")
    assert page.locator("select[name=sort]").input_value() == ""
    assert listed(page) == newest


def test_the_list_is_whole_without_scripts(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/{LIST}?only=worse")
    assert page.locator("form.choices").is_hidden()
    assert len(listed(page)) == 9
    page.locator("summary", has_text="Acknowledge").first.click()
    assert "squash-jenkins findings acknowledge" in page.locator(".act-body:visible").inner_text()
    page.goto(f"{site.as_uri()}/findings/a1b2c3d4/index.html")
    assert "27.1 → 32.2 marcsec since #31" in page.locator("main").inner_text()
    context.close()


def test_the_command_is_copied_by_keyboard(visit: Visit) -> None:
    page = visit(LIST)
    page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard",
             { value: { writeText: async (text) => { window.copied = text; } } })"""
    )
    summary = page.locator("summary", has_text="Acknowledge").first
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.copied")
    copied = page.evaluate("() => window.copied")
    assert copied.startswith("squash-jenkins findings acknowledge ")
    assert page.locator("button[data-copy]:focus").inner_text() == "Copied"


def test_the_markdown_of_a_badge_has_whole_addresses(visit: Visit, site: Path) -> None:
    page = visit("jobs/sqre/ci_hsc/index.html")
    text = page.locator("[data-embed]").first.inner_text()
    folder = (site / "jobs/sqre/ci_hsc").as_uri()
    assert text == f"[![sqre/ci_hsc]({folder}/badge.svg)]({folder}/)"
    page.locator(".badge img").first.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.badge img').naturalWidth > 100")
    metric = page.locator("[data-embed*=AD1]").text_content() or ""
    assert metric.endswith("metrics/validate_drp.AD1/?job=sqre%2Fci_hsc)")


def test_the_trend_marks_where_findings_begin(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}&x=build"))
    assert column(page, "marks", "x") == [31, 16, 5]
    labels = column(page, "marks", "label")
    assert [label.removeprefix("r: ") for label in labels] == [
        "worse since #31",
        "worse since #16",
        "worse #5 to #9",
    ]
    bands = list(zip(column(page, "bands", "x0"), column(page, "bands", "x1"), strict=True))
    assert bands[0] == (29.5, 32.5)
    assert bands[2] == (3.5, 5.5)
    drawn(visit(AD1))
    assert column(page, "bands", "x0")[0] < column(page, "marks", "x")[0]


def test_only_findings_of_the_shown_series_are_marked(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}&filter=i"))
    assert column(page, "marks", "label") == ["worse since #31"]
    assert page.locator("#found article").count() == 1
    page.select_option("select[name=job]", "ci_cfht")
    page.wait_for_function("() => document.getElementById('history').dataset.points === '5'")
    assert column(page, "marks", "label") == ["better since #4"]
    other = drawn(visit("metrics/validate_drp.AM1/index.html?job=sqre/ci_hsc"))
    assert column(other, "marks", "label") == []
    assert "No findings: no series changed" in other.locator("#found").inner_text()


def test_on_the_page_of_a_metric_the_card_speaks_of_that_metric(visit: Visit) -> None:
    page = visit("metrics/validate_drp.PF1/index.html?job=sqre/ci_hsc&level=design")
    card = page.locator("#findings article.finding, article.finding").first
    card.wait_for()
    assert card.locator("h3 a").inner_text() == "PF1 design misses design ≤ 28 %"
    said = card.locator("p").first.inner_text()
    assert said.startswith("27 → 31 % since #31") and "Part of: AD1 got worse by 19%." in said


def test_what_got_better_is_never_drawn_as_worse(site: Path, visit: Visit) -> None:
    page = drawn(visit(AD1))
    tones = page.evaluate(
        """() => {
          const better = { text: "better since #31", over: false, tone: "stretch", labels: [] };
          const at = [[31, 1], [31, 1], [31, 1]];
          const finding = { job: 0, tone: "misses", marks: [{ ...better, at }] };
          const shown = { builds: [] };
          const { sources } = squash.planMarks(shown, [finding], "build", [0, 40], 800);
          return [sources.marks.color[0], squash.ink("stretch"), squash.ink("misses")];
        }"""
    )
    assert tones[0] == tones[1] != tones[2]


def test_hover_on_a_mark_tells_the_finding(visit: Visit) -> None:
    page = drawn(visit(AD1))
    x, y = page.evaluate(PLACE, 0)
    page.mouse.move(x - 40, y + 40)
    page.mouse.move(x, y)
    page.wait_for_selector(".tip:not([hidden])")
    text = page.locator(".tip").inner_text()
    assert "AD1 got worse by 19%" in text
    assert "27.1 → 32.2 marcsec since #31, 1 Jun 2026 (between #30 and #32)" in text
    assert "regression · open" in text


def test_a_tap_on_a_mark_opens_the_page_of_the_finding(visit: Visit, site: Path) -> None:
    page = drawn(visit(AD1))
    page.mouse.click(*page.evaluate(PLACE, 0))
    page.wait_for_url((site / "findings/a1b2c3d4/index.html").as_uri())


def test_findings_and_suspects_stand_beneath_the_trend(visit: Visit) -> None:
    page = drawn(visit(AD1))
    first = page.locator("#found article").first
    words = first.inner_text()
    assert "AD1 got worse by 19%" in words
    assert first.locator("details[open] tbody tr").count() == 5
    links = first.locator("tbody a").evaluate_all("all => all.map(a => a.href)")
    assert all(link.startswith("https://github.com/lsst/") for link in links)
    assert links
    over = page.locator("#found article", has_text="over")
    assert over.locator("details").get_attribute("open") is None


def test_a_finding_leads_to_its_series_in_the_history(visit: Visit) -> None:
    page = visit("findings/a1b2c3d4/index.html")
    page.locator("table").first.get_by_role("link", name="AD1").nth(1).click()
    page.wait_for_selector("#history[data-points='36']")
    chosen = page.evaluate(
        "() => ['job', 'filter'].map(name => document.querySelector(`[name=${name}]`).value)"
    )
    assert chosen == ["sqre/ci_hsc", "i"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [LIST, "findings/a1b2c3d4/index.html", AD1])
def test_words_of_findings_can_be_read(
    browser: Browser, site: Path, path: str, scheme: Any
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site.as_uri()}/{path}")
    page.wait_for_selector("article.finding, section.finding")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    contrasts = page.evaluate(CONTRASTS)
    assert contrasts
    assert min(contrasts) >= 4.5
    context.close()


CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((each) => {
    const part = each / 255;
    return part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = (text) => {
    const [red, green, blue] = parse(text);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const card = light(getComputedStyle(document.querySelector(".finding")).backgroundColor);
  return [...document.querySelectorAll(".finding .word, .finding a, .finding p, .finding h3 span")]
    .map((each) => light(getComputedStyle(each).color))
    .map((ink) => (Math.max(ink, card) + 0.05) / (Math.min(ink, card) + 0.05));
}"""


def test_findings_work_under_a_strict_policy(visit: Visit, served: str) -> None:
    page = visit(f"{LIST}?only=worse", served)
    assert len(listed(page)) == 5
    page = drawn(visit(AD1, served))
    assert column(page, "marks", "label")[0] == "worse since #31"
    x, y = page.evaluate(PLACE, 0)
    page.mouse.move(x, y)
    page.wait_for_selector(".tip:not([hidden])")
