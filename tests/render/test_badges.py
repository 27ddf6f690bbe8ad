import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.models import BuildRecord, Measurement, Rejected, Report
from squash_jenkins.render.engine.static import Built
from squash_jenkins.render.links import Links
from squash_jenkins.render.svg.badge import badge

Save = Callable[..., Any]
BuildSite = Callable[..., Built]
SVG = "{http://www.w3.org/2000/svg}"
TONES = ("stretch", "design", "minimum", "misses", "none", "plain")


def parsed(text: str) -> Any:
    """Return the root of a badge; raise where it is no XML."""
    return ET.fromstring(text)  # noqa: S314 - made by ourselves


def words_of(text: str) -> list[str]:
    """Return the words that a badge draws."""
    return [each.text or "" for each in parsed(text).iter(f"{SVG}text")]


def test_a_badge_says_it_in_words_and_to_screen_readers() -> None:
    root = parsed(badge("AM1", "7.85 marcsec · design", "design"))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "AM1: 7.85 marcsec · design"
    assert [each.text for each in root.iter(f"{SVG}title")] == ["AM1: 7.85 marcsec · design"]
    assert [each.text for each in root.iter(f"{SVG}text")] == ["AM1", "7.85 marcsec · design"]


@given(label=st.text(max_size=200), message=st.text(max_size=200), tone=st.sampled_from(TONES))
def test_any_text_gives_a_whole_picture(label: str, message: str, tone: str) -> None:
    text = badge(label, message, tone)
    text.encode()
    root = parsed(text)
    assert all(each.tag.startswith(SVG) for each in root.iter())
    assert [each.tag.removeprefix(SVG) for each in root.iter()].count("text") == 2
    inside = {name for each in root.iter() for name in each.attrib}
    assert not any(name.startswith("on") or "href" in name for name in inside)
    assert int(root.get("width") or 0) < 1400


def test_markup_in_names_is_text() -> None:
    text = badge("</text><script>alert(1)</script>", "\"'&\x00\ud800", "none")
    assert "<script>" not in text
    assert words_of(text)[0] == "</text><script>alert(1)</script>"


def test_the_width_follows_the_text() -> None:
    widths = [
        int(parsed(badge("AM1", "m" * many, "design")).get("width") or 0) for many in (1, 10, 30)
    ]
    assert widths == sorted(set(widths))
    narrow = badge("AM1", "i" * 30, "design")
    assert int(parsed(narrow).get("width") or 0) < widths[-1]


@pytest.mark.parametrize("tone", TONES)
def test_white_letters_can_be_read_on_every_colour(tone: str) -> None:
    rectangles = parsed(badge("a", "b", tone)).iter(f"{SVG}rect")
    colors = [fill for fill in (each.get("fill") for each in rectangles) if fill]
    assert len(colors) == 2
    assert all(1.05 / (luminance(color) + 0.05) >= 4.5 for color in colors)


def luminance(color: str) -> float:
    """Return the relative luminance of a colour as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_badges_tell_the_newest_build(save: Save, build: BuildSite, output: Path) -> None:
    for number in (1, 2, 3):
        save("sqre/ci_hsc", number, shift=1.0 if number < 3 else 2.0)
    build()
    folder = output / "jobs/sqre/ci_hsc"
    assert words_of((folder / "badge.svg").read_text()) == ["ci_hsc", "2 of 10 miss minimum"]
    label, message = words_of((folder / "badges/validate_drp.AD1.svg").read_text())
    assert label == "AD1"
    assert message.endswith("marcsec · misses minimum")
    design = words_of((folder / "badges/validate_drp.PF1.svg").read_text())[1]
    assert "(design) · misses design" in design
    assert words_of((folder / "badges/validate_drp.AM3.svg").read_text())[1] == "not measured"


def test_a_badge_follows_and_stays_when_its_metric_is_gone(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    before = (output / "jobs/ci_hsc/badges/validate_drp.AM1.svg").read_text()
    save("ci_hsc", 2)
    assert "jobs/ci_hsc/badges/validate_drp.AM1.svg" in build().written
    assert (output / "jobs/ci_hsc/badges/validate_drp.AM1.svg").read_text() != before
    assert build().written == []
    assert build(everything=True).written == []


def test_jobs_without_values_have_a_badge_that_says_so(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("failed", 7, result="FAILURE")
    save("silent", 8, filters=(), rejected=[Rejected("x.json", "malformed JSON")])
    build()
    assert words_of((output / "jobs/failed/badge.svg").read_text())[1] == "#7 FAILURE"
    assert words_of((output / "jobs/silent/badge.svg").read_text())[1] == "#8 has no report"


def test_hostile_jobs_have_whole_badges(save: Save, build: BuildSite, output: Path) -> None:
    for job in ("<svg onload=alert(1)>", "a]b](x)", "badges", "folder/badges", "badge.svg"):
        save(job, 1)
    save("folder", 1)
    assert not build().faults
    pictures = list(output.rglob("*.svg"))
    assert len(pictures) == 6 * 19 + 1, "each job, its nine metrics and their trends, the icon"
    for picture in pictures:
        parsed(picture.read_text())


def test_the_page_of_a_job_shows_its_badge_and_the_markdown(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("folder/a [b]", 1)
    build()
    page = (output / "jobs/folder/a [b]/index.html").read_text()
    assert '<img src="../../../jobs/folder/a%20%5Bb%5D/badge.svg"' in page
    assert r"[![folder/a \[b\]](" in page
    assert page.count("data-embed=") == 10


def test_a_badge_is_never_where_a_job_is() -> None:
    links = Links("main")
    assert links.job_badge("main", "a") != links.job("main", "a/badge.svg").rpartition("/")[0]
    inside = links.metric_badge("main", "a", "badge")
    assert inside == "jobs/a/badges/badge.svg"
    assert links.job_badge("main", "a/badges") != inside


def test_one_missing_value_does_not_hide_the_measured_ones(
    store: Any, build: BuildSite, output: Path, samples: Any
) -> None:
    own = samples.record("shop", 1).build
    found = [Measurement("shop.cost", value, None) for value in (None, 20.0)]
    reports = [
        Report(f"{at}.json", "plain", digest=at * 64, size=9, filter=at, measurements=[each])
        for at, each in zip("ab", found, strict=True)
    ]
    store.save(BuildRecord(own, reports, ()), controller_url=samples.ROOT)
    build()
    assert words_of((output / "jobs/shop/badge.svg").read_text())[1] == "1 of 2 measured"
    metric = next((output / "jobs/shop/badges").glob("*.svg")).read_text()
    assert words_of(metric)[1] == "20 · no target set"
    [row] = re.findall(r"1 of 2</td>.*?<span[^>]*>(.*?)</span>", page_of(output), re.DOTALL)
    assert row == "no target set"


def page_of(output: Path) -> str:
    return (output / "builds/index.html").read_text()
