from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.jenkins.names import jenkins_artifact_url, jenkins_build_url
from squash_jenkins.render.links import (
    Links,
    build_of,
    build_page_url,
    finding_page_url,
    folder_name,
    job_folder_name,
    quoted,
    with_query,
)

LINKS = Links("main")
HOSTILE = [
    "..",
    ".",
    "",
    "/",
    "\\",
    "a/../b",
    "a\0b",
    "x\ny",
    "<b>",
    "con\u2028",
    "\ud800",
    "é" * 99,
]
HOSTILE += ["x" * 10_000, "/" * 10_000, ".htaccess", "a/./b", "~0123456789ab", "index.html"]


@pytest.mark.parametrize(
    ("job", "page"),
    [
        ("ci_hsc", "jobs/ci_hsc/407/index.html"),
        ("sqre/ci hsc", "jobs/sqre/ci hsc/407/index.html"),
        ("multi/tickets%2FDM-1234", "jobs/multi/tickets%2FDM-1234/407/index.html"),
        ("m/DATASET=cfht,PY=2", "jobs/m/DATASET=cfht,PY=2/407/index.html"),
        ("größe#1", "jobs/größe#1/407/index.html"),
    ],
)
def test_readable_names_stay_readable(job: str, page: str) -> None:
    assert LINKS.build("main", job, 407) == page


def test_urls_are_quoted_once_more_than_the_folder() -> None:
    page = LINKS.build("main", "multi/tickets%2FDM-1234", 1)
    assert quoted(page) == "jobs/multi/tickets%252FDM-1234/1/index.html"
    assert quoted("jobs/a b/größe#1/x.html") == "jobs/a%20b/gr%C3%B6%C3%9Fe%231/x.html"


def test_other_controllers_have_a_place_of_their_own() -> None:
    assert LINKS.job("second", "ci_hsc") == "at/second/jobs/ci_hsc/index.html"


def test_a_build_whose_number_was_used_again_keeps_a_page() -> None:
    start = datetime(2026, 5, 1, 4, 10, 9, tzinfo=UTC)
    page = LINKS.build("main", "ci_hsc", 3, start)
    assert page == "jobs/ci_hsc/3@20260501T041009/index.html"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in_their_folder(name: str) -> None:
    for path in (LINKS.build("main", name, 1), LINKS.metric(name), LINKS.metric_data(name)):
        parts = PurePosixPath(path).parts
        assert not set(parts) & {"..", ".", "/"}
        assert all(len(part.encode()) <= 255 for part in parts)
        assert len(path.encode()) < 1000
        assert "\0" not in path


@given(st.text(max_size=60), st.text(max_size=60))
def test_two_names_never_share_a_folder(one: str, other: str) -> None:
    assert (folder_name(one) == folder_name(other)) == (one == other)


@given(st.text(max_size=60))
def test_a_folder_name_is_one_harmless_part(text: str) -> None:
    name = folder_name(text)
    assert name not in ("", ".", "..")
    assert "/" not in name
    assert folder_name(name) == name or name.count("~")


@given(st.text(max_size=60))
def test_a_quoted_path_leads_back_to_the_path(text: str) -> None:
    path = f"jobs/{job_folder_name(text)}/index.html"
    assert unquote(urlsplit(quoted(path)).path) == path


def test_a_job_never_takes_the_page_of_a_build() -> None:
    assert LINKS.job("main", "ci_hsc/407") != LINKS.build("main", "ci_hsc", 407)


def test_a_hashed_name_cannot_be_taken_by_another_job() -> None:
    taken = folder_name("..")
    assert folder_name(taken) != taken


def test_public_url_of_a_build() -> None:
    url = build_page_url("https://qa.example.org/squash/", "sqre/ci hsc", 407, "main", "main")
    assert url == "https://qa.example.org/squash/jobs/sqre/ci%20hsc/407/"
    other = build_page_url("https://qa.example.org", "ci_hsc", 1, "second", "main")
    assert other == "https://qa.example.org/at/second/jobs/ci_hsc/1/"
    assert build_page_url("https://qa.example.org", "a", 1) == "https://qa.example.org/jobs/a/1/"


def test_public_urls_can_name_their_file() -> None:
    root = "https://ci.example.org/userContent/qa/"
    url = build_page_url(root, "sqre/ci hsc", 407, "main", "main", index=True)
    assert url == f"{root}jobs/sqre/ci%20hsc/407/index.html"
    assert finding_page_url(root, "abc", index=True) == f"{root}findings/abc/index.html"
    assert finding_page_url(root, "abc") == f"{root}findings/abc/"


def test_jenkins_urls_come_from_the_configured_root() -> None:
    root = "https://ci.example.org/jenkins"
    assert jenkins_build_url(root, "sqre/ci_hsc", 7) == f"{root}/job/sqre/job/ci_hsc/7/"
    assert jenkins_build_url(root, "multi/a%2Fb", 7) == f"{root}/job/multi/job/a%252Fb/7/"
    artifact = jenkins_artifact_url(root, "ci_hsc", 7, "out/a b#1.json")
    assert artifact == f"{root}/job/ci_hsc/7/artifact/out/a%20b%231.json"


def test_what_no_jenkins_can_hold_has_no_url() -> None:
    assert jenkins_build_url("https://ci.example.org/", "..", 7) is None
    assert jenkins_build_url("javascript:alert(1)//", "a", 7) is None
    assert jenkins_build_url("", "a", 7) is None
    assert jenkins_artifact_url("https://ci.example.org/", "a", 7, "../x") is None


def test_choices_go_into_the_query() -> None:
    url = with_query("metrics/AM1/index.html", job="a b&c", dataset=None, filter="r")
    assert url == "metrics/AM1/index.html?job=a+b%26c&filter=r"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("jobs/ci_hsc/7/", ("", "ci_hsc", 7)),
        ("jobs/folder/tickets%2FDM-1/12/index.html", ("", "folder/tickets%2FDM-1", 12)),
        ("at/second/jobs/my job/3/", ("second", "my job", 3)),
        ("jobs/ci_hsc/", None),
        ("jobs/ci_hsc/7/data.json", None),
        ("metrics/7/", None),
        ("jobs/ci_hsc/0/", None),
        ("jobs/a-b~0123456789ab/7/", None),
        ("jobs/a-b~0123456789ab/c/7/", None),
    ],
)
def test_a_path_tells_the_build_that_it_seems_to_be_of(path: str, found: object) -> None:
    assert build_of(path) == found


def test_the_page_of_a_build_is_understood() -> None:
    page = Links("main").build("second", "folder/ci hsc", 407)
    assert build_of(page) == ("second", "folder/ci hsc", 407)
