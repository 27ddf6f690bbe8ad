"""Meet every way in which Jenkins, or something in front of it, does not answer as asked."""

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from squash_jenkins import __version__
from squash_jenkins.config import Controller
from squash_jenkins.errors import (
    JenkinsError,
    NotFound,
    PermissionMissing,
    SignInRefused,
    UnexpectedAnswer,
    Unreachable,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId

ROOT = "https://ci.example.org/jenkins/"
BUILD = BuildId("lab", "ci_cfht", 4)
ADDRESS = f"{ROOT}job/ci_cfht/4/api/json"
KEY = "11d5hush5token"


class Rig:
    """Hold a client whose sleeps are written down, and what the server was asked."""

    def __init__(self, user: str | None, token: str | None) -> None:
        self.naps: list[float] = []
        controller = Controller("lab", ROOT, user, token, 30)
        self.client = JenkinsClient(controller, sleep=self.naps.append)

    def fails(self, kind: type[JenkinsError]) -> str:
        with pytest.raises(kind) as caught:
            self.client.build(BUILD)
        assert KEY not in str(caught.value) + repr(caught.value)
        return str(caught.value)


@pytest.fixture
def rig() -> Rig:
    return Rig("dev", KEY)


@pytest.fixture
def anonymous() -> Rig:
    return Rig(None, None)


def replay(shared: Path, name: str, url: str = ADDRESS, method: str = "GET") -> None:
    """Let `url` be answered as it was recorded."""
    index = json.loads((shared / "data/jenkins/index.json").read_text())
    entry = next(entry for entry in index if entry["name"] == name)
    kept = ("X-Jenkins", "X-You-Are-Authenticated-As", "X-Required-Permission", "Location")
    headers = {key: value for key, value in entry["response_headers"].items() if key in kept}
    responses.add(
        method,
        url,
        body=(shared / "data/jenkins" / entry["body_file"]).read_bytes(),
        status=entry["status"],
        headers=headers,
        content_type=entry["response_headers"].get("Content-Type", "text/html"),
    )


@responses.activate
@pytest.mark.parametrize("name", ["auth_bad_token_401", "auth_unknown_user_401"])
def test_fact_15_wrong_credentials(shared: Path, rig: Rig, name: str) -> None:
    replay(shared, name)
    told = rig.fails(SignInRefused)
    assert "'dev'" in told
    assert "SQUASH_CONTROLLERS__LAB__TOKEN" in told
    assert len(responses.calls) == 1
    assert rig.naps == []


@responses.activate
def test_a_proxy_that_wants_a_sign_in(anonymous: Rig) -> None:
    responses.get(ADDRESS, status=401, body="<html>")
    assert "needs a user and token" in anonymous.fails(SignInRefused)


@responses.activate
@pytest.mark.parametrize("name", ["closed_anonymous_build", "closed_anonymous_job_404"])
def test_fact_15_a_closed_server(shared: Path, anonymous: Rig, name: str) -> None:
    replay(shared, name)
    told = anonymous.fails(PermissionMissing)
    assert "closed to anonymous users" in told
    assert "needs a user and token" in told
    assert len(responses.calls) == 1


@responses.activate
def test_fact_15_a_closed_server_behind_a_proxy_that_drops_headers(anonymous: Rig) -> None:
    body = "<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'/></head></html>"
    responses.get(ADDRESS, status=403, body=body)
    assert "closed to anonymous users" in anonymous.fails(PermissionMissing)


@responses.activate
def test_fact_15_a_missing_permission_is_named(shared: Path, rig: Rig) -> None:
    replay(shared, "plugins_403_reader")
    told = rig.fails(PermissionMissing)
    assert "Overall/Administer (hudson.model.Hudson.Administer)" in told
    assert "'dev'" in told
    assert rig.naps == []


@responses.activate
def test_fact_15_what_anonymous_lacks_on_an_open_server_is_named(anonymous: Rig) -> None:
    headers = {
        "X-You-Are-Authenticated-As": "anonymous",
        "X-Required-Permission": "hudson.model.Item.ExtendedRead",
    }
    responses.get(ADDRESS, status=403, body="", headers=headers)
    told = anonymous.fails(PermissionMissing)
    assert "lack the permission Job/ExtendedRead" in told
    assert "needs a user and token" in told


@responses.activate
def test_a_403_of_a_proxy(rig: Rig) -> None:
    responses.get(ADDRESS, status=403, body="<title>Blocked &amp;\n gone</title>")
    assert "Blocked & gone" in rig.fails(PermissionMissing)


@responses.activate
def test_fact_14_a_404_without_x_jenkins_is_explained(shared: Path, rig: Rig) -> None:
    replay(shared, "build_15_deleted_404")
    replay(shared, "job_tree_permalinks", f"{ROOT}job/ci_cfht/api/json")
    assert "deleted" in rig.fails(NotFound)


@responses.activate
def test_a_build_that_never_was(shared: Path, rig: Rig) -> None:
    responses.get(ADDRESS, status=404)
    responses.get(f"{ROOT}job/ci_cfht/api/json", json={"nextBuildNumber": 4})
    assert "next build of the job will be #4" in rig.fails(NotFound)


@responses.activate
def test_fact_8_a_renamed_job_is_a_missing_job(shared: Path, rig: Rig) -> None:
    replay(shared, "job_renamed_old_name")
    replay(shared, "job_404", f"{ROOT}job/ci_cfht/api/json")
    replay(shared, "root", f"{ROOT}api/json")
    told = rig.fails(NotFound)
    assert "renamed" in told
    assert "Job/Read" in told
    assert "'ci_cfht'" in told


@responses.activate
def test_a_folder_in_place_of_a_job(shared: Path, rig: Rig) -> None:
    responses.get(ADDRESS, status=404)
    replay(shared, "folder", f"{ROOT}job/ci_cfht/api/json")
    assert "folder" in rig.fails(NotFound)


@responses.activate
@pytest.mark.parametrize("status", [404, 200])
def test_a_root_url_that_leads_to_no_jenkins(rig: Rig, status: int) -> None:
    responses.get(ADDRESS, status=404)
    responses.get(f"{ROOT}job/ci_cfht/api/json", status=404)
    responses.get(f"{ROOT}api/json", status=status, body="<p>hello", content_type="text/html")
    told = rig.fails(NotFound)
    assert "no Jenkins at https://ci.example.org/jenkins/" in told
    assert "path prefix" in told


@responses.activate
@pytest.mark.parametrize("name", ["job_allBuilds_bad_range", "job_tree_syntax_error"])
def test_fact_9_a_bad_tree_is_an_unexpected_answer(shared: Path, rig: Rig, name: str) -> None:
    replay(shared, name)
    told = rig.fails(UnexpectedAnswer)
    assert "status 500" in told
    assert rig.naps == []


@responses.activate
def test_the_sign_in_page_of_a_proxy(shared: Path, rig: Rig) -> None:
    replay(shared, "login_page")
    assert "sign-in page" in rig.fails(PermissionMissing)


@responses.activate
def test_a_page_in_place_of_json(rig: Rig) -> None:
    responses.get(ADDRESS, body="<title>Maintenance</title>", content_type="text/html")
    told = rig.fails(UnexpectedAnswer)
    assert "Maintenance" in told
    assert ROOT in told


@responses.activate
@pytest.mark.parametrize("body", ["{", "", "[]", "null", "[" * 100_000])
def test_broken_json(rig: Rig, body: str) -> None:
    responses.get(ADDRESS, body=body, content_type="application/json")
    assert "something else than asked for" in rig.fails(UnexpectedAnswer)


@responses.activate
def test_credentials_do_not_follow_a_redirect(rig: Rig) -> None:
    responses.get(ADDRESS, status=302, headers={"Location": "https://evil.example/x?s=1"})
    elsewhere = responses.get("https://evil.example/x", json={})
    told = rig.fails(UnexpectedAnswer)
    assert "redirected to https://evil.example/x:" in told
    assert elsewhere.call_count == 0


@responses.activate
def test_a_redirect_to_a_sign_in_service(anonymous: Rig) -> None:
    there = "https://sso.example/Login?ticket=1"
    responses.get(ADDRESS, status=302, headers={"Location": there})
    told = anonymous.fails(PermissionMissing)
    assert "needs a user and token" in told
    assert "ticket" not in told


@responses.activate
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_is_likely_to_pass_is_tried_again(shared: Path, rig: Rig, status: int) -> None:
    responses.get(ADDRESS, status=status, body="<title>Bad Gateway</title>")
    responses.get(ADDRESS, status=status)
    replay(shared, "build_1_success")
    with pytest.raises(UnexpectedAnswer, match="number 1"):
        rig.client.build(BUILD)
    assert len(rig.naps) == 2


@responses.activate
def test_delays_double_with_jitter_and_outlast_a_restart(rig: Rig) -> None:
    responses.get(ADDRESS, status=503, body="<h1>Please wait while Jenkins is getting ready</h1>")
    assert "is starting" in rig.fails(Unreachable)
    assert len(responses.calls) == 6
    assert len(rig.naps) == 5
    for step, nap in enumerate(rig.naps):
        assert 2**step <= nap <= 1.5 * 2**step
    assert sum(rig.naps) > 9 + 15
    assert len({nap / 2**step for step, nap in enumerate(rig.naps)}) > 1


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 403, 405, 410, 500])
def test_what_does_not_pass_is_asked_once(rig: Rig, status: int) -> None:
    responses.get(ADDRESS, status=status)
    rig.fails(JenkinsError)
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("error", "kind", "naps", "text"),
    [
        (requests.exceptions.ReadTimeout("x"), Unreachable, 5, "within 30 s"),
        (requests.exceptions.ConnectTimeout("x"), Unreachable, 5, "cannot be reached"),
        (requests.ConnectionError(ConnectionResetError(104, "reset")), Unreachable, 5, "reset"),
        (requests.exceptions.ChunkedEncodingError("x"), Unreachable, 5, "broke off"),
        (requests.exceptions.SSLError("x"), Unreachable, 0, "verify"),
        (requests.exceptions.TooManyRedirects("x"), UnexpectedAnswer, 0, "url"),
    ],
)
def test_failing_connections(
    rig: Rig, error: Exception, kind: type[JenkinsError], naps: int, text: str
) -> None:
    responses.get(ADDRESS, body=error)
    assert text in rig.fails(kind)
    assert len(rig.naps) == naps


@responses.activate
@pytest.mark.parametrize("ask", ["version", "jobs"])
def test_python_jenkins_questions_have_the_same_errors(shared: Path, rig: Rig, ask: str) -> None:
    for url in (ROOT, f"{ROOT}api/json"):
        responses.get(url, status=503)
        replay(shared, "auth_bad_token_401", url)
    with pytest.raises(SignInRefused):
        getattr(rig.client, ask)()
    assert len(rig.naps) == 1


@responses.activate
@pytest.mark.parametrize("ask", ["version", "jobs"])
def test_python_jenkins_questions_to_something_else(rig: Rig, ask: str) -> None:
    for url in (ROOT, f"{ROOT}api/json"):
        responses.get(url, body="<p>hello")
    with pytest.raises(UnexpectedAnswer, match="root URL"):
        getattr(rig.client, ask)()


@responses.activate
def test_every_request_is_signed_named_and_limited(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    matching = [
        matchers.header_matcher({"User-Agent": f"squash-jenkins/{__version__}"}),
        matchers.request_kwargs_matcher({"timeout": (10.0, 30), "verify": True}),
    ]
    body = {"number": 4, "timestamp": 1, "building": False}
    responses.get(ADDRESS, json=body, match=matching)
    rig.client.build(BUILD)
    assert responses.calls[0].request.headers["Authorization"].startswith("Basic ")


@responses.activate
def test_a_pinned_certificate_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    client = JenkinsClient(Controller("lab", ROOT, verify="/ours.pem"))
    matching = [matchers.request_kwargs_matcher({"verify": "/ours.pem"})]
    responses.get(ADDRESS, json={"number": 4, "timestamp": 1}, match=matching)
    client.build(BUILD)


@responses.activate
def test_the_token_is_in_no_log_and_no_repr(rig: Rig) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        responses.get(ADDRESS, status=401)
        rig.fails(SignInRefused)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    shown: list[Any] = [rig.client, rig.client.controller, vars(rig.client)]
    assert KEY not in stream.getvalue() + "".join(map(repr, shown))


@responses.activate
def test_may_describe_is_read_off_the_page(shared: Path, rig: Rig) -> None:
    responses.get(ADDRESS, json={"number": 4})
    page = f"{ROOT}job/ci_cfht/4/"
    replay(shared, "closed_reader_html_build_page", page)
    assert not rig.client.may_describe(BUILD)
    responses.replace(
        responses.GET, page, body='<a href="editDescription" id="description-link">edit</a>'
    )
    assert rig.client.may_describe(BUILD)
