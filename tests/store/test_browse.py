"""The rows of every table are shown as they are, in any order, on any database."""

import pytest

from squash_jenkins.errors import NotFound
from squash_jenkins.testing import sample_store
from tests import databases


@pytest.fixture
def browser(tmp_path):
    with sample_store("hostile names", database=databases.url_of(tmp_path)) as store:
        yield store.browser


def test_every_table_is_sorted_by_every_column_and_searched(browser):
    compared = 0
    assert len(browser.names()) > 20
    for name in browser.names():
        whole = browser.rows(name)
        for column in whole.columns:
            for falling in (True, False):
                found = browser.rows(name, sort=column, falling=falling)
                assert len(found.rows) == len(whole.rows)
                values = [row[column] for row in found.rows]
                if None not in values and isinstance(whole.rows[0:1] and values[0], int | float):
                    assert values == sorted(values, reverse=falling)
                    compared += len(values) > 1
        assert browser.rows(name, search="no row % has _ this \0 😀").rows == []
    assert compared > 20


def test_search_has_no_wildcards_and_finds_keys(browser):
    (job,) = browser.rows("job").rows
    for text in ("FOLDER/sample<X-Hostile", "{{ 7 * 7 }}", "&amp;", "'\"", str(job["id"])):
        assert browser.rows("job", search=text).rows == [job]
    for text in ("fol%er", "f_lder", "\\", str(2**31), "-1"):
        assert browser.rows("job", search=text).rows == []
    assert browser.row("job", job["id"]) == job
    for key in (0, 2**31, 2**62):
        with pytest.raises(NotFound, match="no row"):
            browser.row("job", key)


def test_rows_are_read_in_pages(browser):
    names = [row["name"] for row in browser.rows("metric", sort="name", falling=False).rows]
    pages = [
        browser.rows("metric", sort="name", falling=False, first=first, many=2)
        for first in range(0, len(names), 2)
    ]
    assert [row["name"] for page in pages for row in page.rows] == names
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
