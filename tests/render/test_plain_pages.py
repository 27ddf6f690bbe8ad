import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.render.links import Links, plain_beside
from squash_jenkins.render.svg.trends import HEIGHT, WIDTH, trend
from squash_jenkins.store import Store

Save = Callable[..., Any]


def test_a_trend_has_gaps_crosses_bands_and_limits() -> None:
    values = [1.0, 2.0, None, 3.0, None, 2.0]
    limits = [("minimum ≤ 3", 3.0, "misses"), ("far ≤ 900", 900.0, "plain")]
    drawn = trend(values, [1, 2, 3, 4, 5, 9], [4], limits)
    assert drawn is not None
    assert [len(line.split()) for line in drawn["lines"]] == [2]  # 1-2; the others stand alone
    assert drawn["dots"].count("M") == 4
    assert drawn["crosses"].count("M") == 1
    assert len(drawn["bands"]) == 1
    assert [each["label"] for each in drawn["limits"]] == ["minimum ≤ 3"]
    assert drawn["beyond"] == ["far ≤ 900"]
    assert [each["text"] for each in drawn["builds"]] == ["#1", "#9"]


@pytest.mark.parametrize(
    "values",
    [
        [1.0],
        [0.0, 0.0],
        [1e-12, 1.0, 1e12],
        [-1.7e308, 1.7e308],
        [5e-324, 1e-320],
        [None, 7.0, None],
        [1000.001, 1000.002],
        [math.nan, math.inf, 1.0],
    ],
)
def test_a_trend_of_any_values_stays_inside_its_picture(values: list[float | None]) -> None:
    drawn = trend(values, list(range(len(values))), [], [("limit", 1.0, "plain")])
    assert drawn is not None
    for x, y in re.findall(r"M(\S+) (\S+)h0", drawn["dots"]):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT
    assert drawn["logarithmic"] == (values[0] in (1e-12, 5e-324))
    texts = [each["text"] for each in drawn["ticks"]]
    assert len(texts) == len(set(texts))


def test_a_trend_without_a_value_is_none() -> None:
    assert trend([None, None], [1, 2]) is None


def test_pages_lead_to_the_plain_one_of_their_job() -> None:
    links = Links("main")
    for page in (links.job("main", "a/b"), links.build("main", "a/b", 12)):
        assert plain_beside(page) == links.plain("main", "a/b") == "jobs/a/b/plain/index.html"
    assert plain_beside(links.build("other", "a", 1)) == links.plain("other", "a")
    assert plain_beside(links.metric("a.b")) == "plain/index.html"
    assert links.job("main", "a/plain") != links.plain("main", "a")


def test_the_page_tells_of_the_last_report_when_the_newest_build_failed(
    store: Store, save: Save, build: Callable[..., Any], output: Path
) -> None:
    for number in (1, 2, 5):
        save("job", number)
    save("job", 6, result="FAILURE")
    build()
    page = (output / "jobs/job/plain/index.html").read_text(encoding="utf-8")
    assert "#6 ended with FAILURE; the values are from #5." in page
    order = [page.index(each) for each in ("Misses its specification (", "Not measured (")]
    assert order == sorted(order)
    assert "<script" not in page
    assert " style=" not in page
    assert page.count("<figure") == 10
    assert 'href="../../../metrics/validate_drp.AD1/index.html?job=job' in page
    assert "jobs/job/plain/index.html" not in (build().written or ())


def test_a_build_that_runs_is_not_called_finished(
    save: Save, build: Callable[[], Any], output: Path
) -> None:
    save("ci_hsc", 1, provisional=True)
    build()
    text = (output / "jobs/ci_hsc/plain/index.html").read_text()
    assert "still running when last read" in text
    assert "· finished" not in text
    save("ci_hsc", 1)
    build()
    assert "· finished" in (output / "jobs/ci_hsc/plain/index.html").read_text()


def test_the_page_for_what_is_missing_helps_at_any_depth(
    save: Save, build: Callable[[], Any], output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    text = (output / "404.html").read_text()
    assert "squash-jenkins post-build --job" in text
    assert set(re.findall(r'(?:href|src)="([^"]+)"', text)) == {"../index.html"}
