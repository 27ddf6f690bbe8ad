"""Try names of jobs, builds and artifacts: what a real Jenkins has, and whatever else."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.errors import SettingsError
from squash_jenkins.jenkins.names import (
    artifact_path,
    is_configuration,
    job_path,
    job_paths,
    last_segments,
    parse_build_url,
)
from tests.recordings import NEW, OLD, recorded_builds, recordings

ROOT = "https://ci.example.org/jenkins/"
SEGMENTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)
PARTS = st.lists(SEGMENTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ci_hsc", "job/ci_hsc"),
        ("folder/ci_decam", "job/folder/job/ci_decam"),
        (
            "folder/sub folder/spaces and é",
            "job/folder/job/sub%20folder/job/spaces%20and%20%C3%A9",
        ),
        ("multi/tickets%2FDM-1234", "job/multi/job/tickets%252FDM-1234"),
        ("multi/feature%2Fab%23c", "job/multi/job/feature%252Fab%2523c"),
        ("validate_matrix/DATASET=cfht,PY=2", "job/validate_matrix/DATASET=cfht,PY=2"),
        ("run #1 'it' \"q\"?", "job/run%20%231%20%27it%27%20%22q%22%3F"),
        ("a=b", "job/a%3Db"),
        ("銀河/測定", "job/%E9%8A%80%E6%B2%B3/job/%E6%B8%AC%E5%AE%9A"),
    ],
)
def test_a_name_has_its_path_and_comes_back_from_its_url(name: str, path: str) -> None:
    assert job_path(name) == path
    assert parse_build_url(f"{ROOT}{path}/7/") == (name, 7)


@given(PARTS, st.integers(1, 10**9))
def test_any_name_comes_back_from_its_url(parts: list[str], number: int) -> None:
    name = "/".join(parts)
    paths = job_paths(name)
    assert paths
    for path in paths:
        assert parse_build_url(f"{ROOT}{path}/{number}/") == (name, number)


def test_what_looks_like_a_configuration_may_be_an_ordinary_job() -> None:
    assert job_paths("folder/A=b") == ["job/folder/A=b", "job/folder/job/A%3Db"]
    assert is_configuration("m/A=b,C=d")
    assert is_configuration("m/A=")
    assert not is_configuration("A=b")
    assert not is_configuration("m/A=b,c")


@pytest.mark.parametrize("name", ["", "/", "a//b", "a/", "../secret", "a/./b", "a/.."])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="full name"):
        job_path(name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://ci/job/a/12", ("a", 12)),
        ("http://ci/job/a/12/console", ("a", 12)),
        ("http://ci/view/All/job/f/view/job/job/a/12/", ("f/a", 12)),
        ("http://ci/x/y/job/job/job/12/3/", ("job/12", 3)),
        ("http://ci/job/p/branch/feature%252Fx/4/", ("p/feature%2Fx", 4)),
        ("http://ci/job/branch/job/p/branch/job/4/", ("branch/p/job", 4)),
        ("http://ci/job/m/DATASET%3Dcfht%2CPY%3D2/1/", ("m/DATASET=cfht,PY=2", 1)),
    ],
)
def test_urls_as_people_paste_them(url: str, expected: tuple[str, int]) -> None:
    assert parse_build_url(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "http://ci/", "http://ci/job/a/", "http://ci/job/a/lastBuild/", "http://ci/job/a/0/",
     "http://ci/job/a/-1/", "http://ci/12/", "http://ci/job/", "http://ci/job/a/²/",
     "http://ci/branch/x/1/", "http://[ci/job/a/1/"],
)  # fmt: skip
def test_what_is_no_build_url_is_told(url: str) -> None:
    with pytest.raises(SettingsError, match="not the URL of a build"):
        parse_build_url(url)


@pytest.mark.parametrize(("version", "fewest"), [(OLD, 25), (NEW, 12)])
def test_every_recorded_build_url_gives_the_recorded_name(version: str, fewest: int) -> None:
    asked = 0
    for name, body in recorded_builds(version):
        recording = recordings(version)[name]
        path = recording.path.removesuffix("/api/json")
        if "?" in path or name == "gzip":
            continue
        if path.rpartition("/")[2].startswith("last"):
            path = urlsplit(body["url"]).path.rstrip("/")
        name, number = parse_build_url(f"http://other:1/prefix{path}/")
        assert number == body["number"]
        assert parse_build_url(body["url"]) == (name, number)
        # Of a matrix run Jenkins shows only the values of the axes, not their names.
        shown = body["fullDisplayName"].rpartition(" #")[0].replace(" » ", "/").split("/")
        assert is_configuration(name) or shown[0] == name.split("/")[0]
        asked += 1
    assert asked >= fewest


def test_artifacts_are_encoded_by_part() -> None:
    assert artifact_path("out/sub dir/run log #1.txt") == "out/sub%20dir/run%20log%20%231.txt"
    assert artifact_path("100%.json") == "100%25.json"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a/."])
def test_an_artifact_outside_the_archive_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="archive"):
        artifact_path(path)


def test_last_segments_are_read_whatever_the_root() -> None:
    assert last_segments("http://x/y/job/m/A=b,C=d%20e/3/") == ("A=b,C=d e", 3)
    assert last_segments("http://x/job/m/lastBuild/") is None
    assert last_segments("") is None


def test_names_can_be_used_without_loading_an_http_library() -> None:
    program = "import sys, squash_jenkins.jenkins.names; print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_a_name_that_no_url_can_hold_asks_for_a_job_that_is_not_there() -> None:
    assert job_paths("m/A=a\ud8f1b") == ["job/m/A=a%3Fb", "job/m/job/A%3Da%3Fb"]
