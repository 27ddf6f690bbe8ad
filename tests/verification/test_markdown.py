"""The Markdown summary: short, and nothing in it is more than text."""

import html
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from status_builds import PAGES, placed, status, verdict

from squash_jenkins.models.finding import STEP, WORSE, Finding, SeriesChange
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.build import Code
from squash_jenkins.verification.markdown import escaped, linked, markdown, markdown_of_nothing

HIDDEN = "\u200b"


def shown(text: str) -> str:
    """Return what a reader sees of escaped text."""
    bare = re.sub(r"\\([*_\[\]~])", r"\1", text)
    return html.unescape(bare).replace(HIDDEN, "")


def news(name: str = "drp.AD1") -> FindingRow:
    change = SeriesChange(
        STEP, WORSE, name, 7, 6, 7, "COSMOS", "r", unit="mmag", before=10.0, after=12.0, sigma=0.5
    )
    return FindingRow(
        1, "3f2a91bc", 1, 1, False, None, None, Finding(STEP, WORSE, 7, 6, 7, (change,))
    )


def test_verdict_regressions_misses_code_and_links() -> None:
    one = placed(
        "drp.PA1", 9.0, [verdict(False), verdict(False, "design")], dataset="HSC", before=7.0
    )
    told = replace(status([one]), news=[news()], numbers={6: 405, 7: 407}, code=Code(3, 1, 411))
    lines = markdown([told], PAGES).replace(HIDDEN, "").splitlines()
    assert lines[0] == (
        "**[ci\\_hsc #412](https://qa.example.org/jobs/412/)**: "
        "1 of 1 measured · minimum 0 of 1 · design 0 of 1 · 1 regression"
    )
    assert lines[2] == "| Regression | Where | Details |"
    assert lines[4].startswith(
        "| [AD1 got worse by 20%](https://qa.example.org/findings/3f2a91bc/) | COSMOS · r | 10 → 12"
    )
    assert "| PA1 | HSC | 9 mmag | minimum ≤ 8 mmag | 7 mmag in #411 |" in lines
    assert lines[-1] == "3 packages changed and 1 commit came in since #411." or lines[-1] == ""
    assert "3 packages changed and 1 commit came in since #411." in lines


def test_a_table_stops_after_ten_rows_and_a_matrix_after_ten_builds() -> None:
    many = status([placed(f"m{at}", 9.0, [verdict(False)]) for at in range(13)])
    text = markdown([many], PAGES)
    assert text.count("minimum ≤") == 10
    assert "… and 3 more" in text
    assert "… and 2 more builds" in markdown([many] * 12, PAGES)


def test_a_page_that_is_not_on_the_web_is_no_link() -> None:
    assert linked("a", "file:///srv/site/index.html") == "a"
    assert linked("a", "javascript:alert(1)") == "a"
    assert linked("a]b", "https://h/x y)(") == "[a\\]b](https://h/x%20y%29%28)"


def test_what_was_not_verified_says_why() -> None:
    assert shown(markdown_of_nothing("a #1", "no\nJenkins")) == "**a #1**: no Jenkins\n"


def test_nobody_is_called_and_nothing_is_linked() -> None:
    for text in ("@everyone", "#407", "!12", "http://evil.example", "www.evil.example", "GH-1"):
        assert text not in html.unescape(escaped(text))
        assert shown(escaped(text)) == text


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_whatever_a_name_is_it_stays_text(text: str) -> None:
    cell = escaped(text)
    assert not set(cell) & set('<>|`\n\r"$')
    assert not re.search(r"(?<!\\)[*_\[\]~]", cell)
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#\d+;)", cell)
    assert not re.search(r"[@#!](?=\w)", html.unescape(cell))
    assert "://" not in cell
    hostile: Any = status([placed(text, 9.0, [verdict(False)], dataset=text)], job=text)
    row = next(line for line in markdown([hostile], PAGES).splitlines() if "minimum ≤" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 6


def test_html_in_a_name_is_shown_as_it_is() -> None:
    name = '<img src=x onerror="alert(1)"> [x](y) `z` **b** | c \\| d'
    assert shown(escaped(name)) == name
    assert "<" not in escaped(name)
