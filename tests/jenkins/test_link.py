"""Try the marked line in descriptions that other people write in, too."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.jenkins.link import link_line, merge_description

URL = "https://qa.example.org/jobs/ci_hsc/7/"
PLAIN = link_line(URL, "28 measured", "plain")
HTML = link_line(URL, "28 measured", "html")
MARKUPS = st.sampled_from(["plain", "html"])


def test_the_two_forms() -> None:
    assert link_line(URL, " 28\n measured", "plain") == f"QA dashboard: {URL} — 28 measured"
    html = f'<div><a href="{URL}">QA dashboard</a> — 28 measured</div>'
    assert link_line(URL, "28 measured", "html") == html


@pytest.mark.parametrize("old", [None, ""])
def test_an_empty_description_becomes_the_line(old: str | None) -> None:
    assert merge_description(old, PLAIN) == PLAIN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("by Frossie", f"by Frossie\n{PLAIN}"),
        ("by Frossie\n", f"by Frossie\n{PLAIN}"),
        ("one\r\ntwo", f"one\r\ntwo\r\n{PLAIN}"),
        ("one\rtwo", f"one\rtwo\r{PLAIN}"),
        ("  \n", f"  \n{PLAIN}"),
        ("see QA dashboard: later", f"see QA dashboard: later\n{PLAIN}"),
        ("QA dashboard: ask Angelo", f"QA dashboard: ask Angelo\n{PLAIN}"),
        ("QA dashboard: https://wiki/", f"QA dashboard: https://wiki/\n{PLAIN}"),
        ("a\u2028b\x0bc\x85d", f"a\u2028b\x0bc\x85d\n{PLAIN}"),
    ],
)
def test_the_text_of_others_stays_before_the_line(old: str, new: str) -> None:
    assert merge_description(old, PLAIN) == new


@pytest.mark.parametrize("ours", [PLAIN, HTML, '<a href="https://old/">QA dashboard</a> — old'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_only_our_line_is_replaced_where_it_stands(ours: str, end: str) -> None:
    old = f" before {end}{end}{ours}{end}after{end}"
    new = link_line("https://new/", "2 failed", "plain")
    assert merge_description(old, new) == f" before {end}{end}{new}{end}after{end}"


def test_the_line_of_a_second_writer_is_dropped() -> None:
    assert merge_description(f"a\n{PLAIN}\nb\n{HTML}\nc", PLAIN) == f"a\n{PLAIN}\nb\nc"


def test_html_and_quotes_are_escaped() -> None:
    line = link_line('https://h/?a="><script>&b=1', '<img src=x onerror="x">&\'', "html")
    assert "<script" not in line
    assert "<img" not in line
    assert line.count('"') == 2
    assert "&amp;b=1" in line


@given(st.text(), st.text(), st.text(), MARKUPS)
def test_merging_twice_is_merging_once(
    old: str, path: str, summary: str, markup: Literal["plain", "html"]
) -> None:
    line = link_line("https://h/" + path.encode(errors="replace").decode(), summary, markup)
    once = merge_description(old, line)
    assert merge_description(once, line) == once
    assert len(line.splitlines()) == 1
    assert line.strip()


@given(
    st.lists(st.tuples(st.text(), st.sampled_from(["\n", "\r\n"])), max_size=5),
    st.text(),
    MARKUPS,
    MARKUPS,
)
def test_all_other_lines_are_kept(
    others: list[tuple[str, str]],
    summary: str,
    first: Literal["plain", "html"],
    then: Literal["plain", "html"],
) -> None:
    before = "".join(text + end for text, end in others)
    old = merge_description(before, link_line(URL, summary, first))
    new = merge_description(old, link_line(URL, "other", then))
    assert new == before + link_line(URL, "other", then)
