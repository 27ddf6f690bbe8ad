"""Facts 19, 23 and 28: artifacts, user content, console, pages for people; python-jenkins."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import jenkins as python_jenkins
import pytest
import requests

from squash_jenkins.simulate.answers.pages import format_description
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

ENDED = datetime(2026, 11, 22, 12, 59, 11, tzinfo=UTC)


@pytest.fixture
def build_url(world: World, jenkins: SimulatedJenkins) -> str:
    artifacts = {
        "out/qa.json": b'{"broken": ',
        "out/sub dir/run log #1é.txt": b"text",
        "page.html": b"<script>alert(1)</script>",
        "packed.json.gz": gzip.compress(b"{}"),
        "made.json": lambda: b'{"made": "when asked"}',
        "empty.json": b"",
    }
    world.add_build("ci", artifacts=artifacts, started=ENDED, duration=0)
    return f"{jenkins.url}/job/ci/1"


def get(url: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url, headers=named, timeout=10)


def test_fact_19_artifact_headers(build_url: str) -> None:
    said = get(f"{build_url}/artifact/out/qa.json")
    assert said.headers["Content-Type"] == "application/json"
    assert said.headers["Last-Modified"] == "Sun, 22 Nov 2026 12:59:11 GMT"
    assert "ETag" not in said.headers
    assert "sandbox" in get(f"{build_url}/artifact/page.html").headers["Content-Security-Policy"]
    packed = get(f"{build_url}/artifact/packed.json.gz")
    assert packed.headers["Content-Type"] == "application/gzip"
    assert packed.content[:2] == b"\x1f\x8b"


def test_fact_19_unchanged_and_ranges(build_url: str) -> None:
    url = f"{build_url}/artifact/out/qa.json"
    assert get(url, If_Modified_Since="Sun, 22 Nov 2026 12:59:11 GMT").status_code == 304
    assert get(url, If_Modified_Since="Sun, 22 Nov 2026 12:59:10 GMT").status_code == 200
    assert get(url, If_Modified_Since="some day").status_code == 200
    part = get(url, Range="bytes=2-7")
    assert (part.status_code, part.content) == (206, b"broken")
    assert part.headers["Content-Range"] == "bytes 2-7/11"
    assert get(url, Range="bytes=8-").content == b'": '
    assert get(url, Range="bytes=-3").content == b'": '
    assert get(url, Range="bytes=99-").status_code == 416
    assert get(url, Range="pages=1").status_code == 200


def test_fact_12_names_must_be_quoted(build_url: str) -> None:
    name = "out/sub dir/run log #1é.txt"
    assert get(f"{build_url}/artifact/{quote(name)}").text == "text"
    assert get(f"{build_url}/artifact/{name}").status_code == 404
    assert get(f"{build_url}/artifact/none").status_code == 404


def test_artifact_made_when_asked_and_empty_one(build_url: str) -> None:
    assert get(f"{build_url}/artifact/made.json").json() == {"made": "when asked"}
    assert get(f"{build_url}/artifact/empty.json").content == b""
    head = requests.head(f"{build_url}/artifact/made.json", timeout=10)
    assert (head.headers["Content-Length"], head.content) == ("22", b"")


def test_artifact_folder_and_zip(build_url: str) -> None:
    assert "run%20log%20%231" in get(f"{build_url}/artifact/out/").text
    packed = get(f"{build_url}/artifact/*zip*/archive.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert "archive/out/qa.json" in archive.namelist()
    packed = get(f"{build_url}/artifact/out/*zip*/out.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist()[0] == "out/qa.json"


def test_fact_19_gzip_answers_are_chunked(build_url: str) -> None:
    said = get(f"{build_url}/api/json", Accept_Encoding="gzip")
    assert said.headers["Content-Encoding"] == "gzip"
    assert said.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in said.headers
    plain = get(f"{build_url}/api/json", Accept_Encoding="identity")
    assert int(plain.headers["Content-Length"]) == len(plain.content)
    assert plain.json() == said.json()


def test_fact_23_formatters() -> None:
    text = (
        'see https://d.test/ <b>ok</b> <a href="https://d.test/?a=1&b=2">d</a>\n<script>x</script>'
    )
    plain = format_description(text, "plain")
    assert "&lt;b&gt;ok" in plain
    assert "<br>" in plain
    assert "<a" not in plain
    kept = format_description(text + '<img src=x onerror=y><a href="javascript:x">j</a>', "html")
    assert "<b>ok</b>" in kept
    assert '<a href="https://d.test/?a=1&amp;b=2" rel="nofollow">d</a>' in kept
    assert kept.count("<a href") == 1
    assert not any(bad in kept for bad in ("script", "onerror", "img"))


def test_fact_23_console_links_urls_and_the_api_is_raw(world: World, build_url: str) -> None:
    world.jobs["ci"].builds[1].description = "<i>raw</i> https://d.test/"
    world.write_console("ci", 1, "<x> QA dashboard: http://d.test/jobs/ci/1/?a=1&b=2.\n")
    assert get(f"{build_url}/api/json").json()["description"] == "<i>raw</i> https://d.test/"
    link = '<a href="http://d.test/jobs/ci/1/?a=1&amp;b=2">'
    for page in (get(f"{build_url}/").text, get(f"{build_url}/console").text):
        assert link in page
        assert "&lt;x&gt;" in page
    page = get(f"{build_url}/").text
    assert "&lt;i&gt;raw" in page
    assert 'href="https://d.test/"' not in page
    assert 'href="artifact/out/sub%20dir/run%20log%20%231%C3%A9.txt"' in page
    assert get(f"{build_url}/consoleText").text.startswith("<x> QA")


def test_console_in_parts(world: World, build_url: str) -> None:
    world.start_build("ci", console="one\ntwo\n")
    url = build_url.removesuffix("1") + "2/logText/progressiveText"
    said = get(f"{url}?start=4")
    assert (said.text, said.headers["X-Text-Size"], said.headers["X-More-Data"]) == (
        "two\n",
        "8",
        "true",
    )
    world.finish_build("ci", 2)
    assert "X-More-Data" not in get(url).headers


def test_pages_of_root_folder_and_job(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_job("folder/a <b>")
    world.add_build("folder/a <b>", description="<script>")
    world.add_job("m/A=1", "configuration")
    for path in ("", "job/folder/", "job/folder/job/a%20%3Cb%3E/", "job/m/"):
        said = get(f"{jenkins.url}/{path}")
        assert said.status_code == 200
        assert "<script>" not in said.text
        assert "a <b>" not in said.text


def test_faults_come_in_order_and_end(world: World, jenkins: SimulatedJenkins) -> None:
    url = f"{jenkins.url}/job/ci/api/json"
    fault = world.order_fault("job/ci", status=502, times=2)
    world.order_fault("job/ci", kind="html")
    world.order_fault("job/other", status=500)
    statuses = [get(url).status_code for _ in range(2)]
    page = get(url)
    assert statuses == [502, 502]
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    assert "X-Jenkins" not in page.headers
    assert get(url).json()["name"] == "ci"
    assert fault.times == 0
    assert world.requests[-1] == ("GET", "/job/ci/api/json")


def test_fault_reset(world: World, jenkins: SimulatedJenkins) -> None:
    world.order_fault("api/json", kind="reset")
    with pytest.raises(requests.ConnectionError, match="reset"):
        get(f"{jenkins.url}/api/json")
    assert get(f"{jenkins.url}/api/json").status_code == 200


def test_fault_truncate(world: World, build_url: str) -> None:
    world.order_fault("artifact", kind="truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(f"{build_url}/artifact/out/qa.json")


def test_fault_slow_and_latency(world: World, jenkins: SimulatedJenkins) -> None:
    world.order_fault("api/json", kind="slow", seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{jenkins.url}/api/json", timeout=0.1)
    world.latency = world.connect_latency = 0.05
    assert get(f"{jenkins.url}/api/json").elapsed.total_seconds() >= 0.05


def test_a_failure_of_the_simulator_is_not_hidden(world: World) -> None:
    world.add_build("ci", artifacts={"bad": lambda: 1 // 0})  # type: ignore[dict-item, return-value] # never returns
    jenkins = SimulatedJenkins(world)
    with pytest.raises(RuntimeError, match="failed by itself"), jenkins:
        assert get(f"{jenkins.url}/job/ci/1/artifact/bad").status_code == 500


def test_python_jenkins_works_against_it(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_job("folder/sub folder/spaces and é")
    world.add_build("folder/sub folder/spaces and é", artifacts={"qa.json": b'{"a": 1}'})
    for _ in range(130):
        world.add_build("ci", artifacts={"qa.json": b'{"a": 1}'})
    client = python_jenkins.Jenkins(jenkins.url, "dev", "token-dev", timeout=10)
    assert client.get_version() == "2.263.4"
    assert client.get_whoami()["fullName"] == "dev"
    names = [each["fullname"] for each in client.get_all_jobs()]
    assert names[:2] == ["ci", "folder"]
    assert "folder/sub folder/spaces and é" in names
    assert len(client.get_job_info("ci")["builds"]) == 100
    assert len(client.get_job_info("ci", fetch_all_builds=True)["builds"]) == 130
    assert client.get_build_info("folder/sub folder/spaces and é", 1)["result"] == "SUCCESS"
    assert client.get_build_artifact("ci", 5, "qa.json") == {"a": 1}
    assert "Finished: SUCCESS" in client.get_build_console_output("ci", 5)
    with pytest.raises(python_jenkins.JenkinsException):
        client.get_job_info("none")


def test_fact_24_python_jenkins_fails_on_matrix_children(
    world: World, jenkins: SimulatedJenkins
) -> None:
    world.add_job("m/A=1", "configuration")
    world.add_build("m/A=1")
    client = python_jenkins.Jenkins(jenkins.url, "dev", "token-dev", timeout=10)
    with pytest.raises(python_jenkins.JenkinsException):
        client.get_build_info("m/A=1", 1)


def test_nan_is_served_as_archived(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_build("ci", artifacts={"qa.json": b'{"value": NaN}'})
    said = get(f"{jenkins.url}/job/ci/1/artifact/qa.json")
    assert str(json.loads(said.text)["value"]) == "nan"


@pytest.mark.parametrize(
    ("version", "sandbox"), [("2.263.4", "sandbox;"), ("2.503", "sandbox allow-same-origin;")]
)
def test_fact_28_user_content_runs_no_script_and_lists_folders(
    version: str, sandbox: str, tmp_path: Path
) -> None:
    world = World(version=version)
    world.user_content = tmp_path
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa" / "index.html").write_text("<script>alert(1)</script>")
    with SimulatedJenkins(world) as jenkins:
        file = get(f"{jenkins.url}/userContent/qa/index.html")
        assert file.headers["Content-Type"].startswith("text/html")
        assert file.headers["Content-Security-Policy"].startswith(sandbox)
        folder = get(f"{jenkins.url}/userContent/qa/")
        assert '<a href="index.html">index.html</a>' in folder.text
        assert get(f"{jenkins.url}/userContent/none").status_code == 404
        (tmp_path.parent / "secret").write_text("x")
        assert get(f"{jenkins.url}/userContent/%2e%2e/secret").status_code == 404
