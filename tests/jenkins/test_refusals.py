"""Meet every way in which Jenkins, or something in front of it, does not answer as asked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import responses

from squash_jenkins.config import Controller
from squash_jenkins.errors import (
    IsFolder,
    JenkinsError,
    NotFound,
    PermissionMissing,
    SignInRefused,
    UnexpectedAnswer,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId

ROOT = "https://ci.example.org/jenkins/"
BUILD = BuildId("lab", "ci_cfht", 4)
ADDRESS = f"{ROOT}job/ci_cfht/4/api/json"
Replay = Callable[..., None]


@responses.activate
@pytest.mark.parametrize("name", ["auth_bad_token_401", "auth_unknown_user_401"])
def test_fact_15_wrong_credentials(replay: Replay, rig: Any, name: str) -> None:
    replay(name)
    told = rig.fails(SignInRefused)
    assert "'dev'" in told
    assert "SQUASH_CONTROLLERS__LAB__TOKEN" in told
    assert len(responses.calls) == 1
    assert rig.naps == []


@responses.activate
def test_a_proxy_that_wants_a_sign_in(anonymous: Any) -> None:
    responses.get(ADDRESS, status=401, body="<html>")
    assert "needs a user and token" in anonymous.fails(SignInRefused)


@responses.activate
@pytest.mark.parametrize("name", ["closed_anonymous_build", "closed_anonymous_job_404"])
def test_fact_15_a_closed_server(replay: Replay, anonymous: Any, name: str) -> None:
    replay(name)
    told = anonymous.fails(PermissionMissing)
    assert "closed to anonymous users" in told
    assert "needs a user and token" in told
    assert len(responses.calls) == 1


@responses.activate
def test_fact_15_a_closed_server_behind_a_proxy_that_drops_headers(anonymous: Any) -> None:
    body = "<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'/></head></html>"
    responses.get(ADDRESS, status=403, body=body)
    assert "closed to anonymous users" in anonymous.fails(PermissionMissing)


@responses.activate
def test_fact_15_a_missing_permission_is_named(replay: Replay, rig: Any) -> None:
    replay("plugins_403_reader")
    told = rig.fails(PermissionMissing)
    assert "Overall/Administer (hudson.model.Hudson.Administer)" in told
    assert "'dev'" in told
    assert rig.naps == []


@responses.activate
def test_fact_15_what_anonymous_lacks_on_an_open_server_is_named(anonymous: Any) -> None:
    headers = {
        "X-You-Are-Authenticated-As": "anonymous",
        "X-Required-Permission": "hudson.model.Item.ExtendedRead",
    }
    responses.get(ADDRESS, status=403, body="", headers=headers)
    told = anonymous.fails(PermissionMissing)
    assert "lack the permission Job/ExtendedRead" in told
    assert "needs a user and token" in told


@responses.activate
def test_a_403_of_a_proxy(rig: Any) -> None:
    responses.get(ADDRESS, status=403, body="<title>Blocked &amp;\n gone</title>")
    assert "Blocked & gone" in rig.fails(PermissionMissing)


@responses.activate
def test_fact_14_a_404_without_x_jenkins_is_explained(replay: Replay, rig: Any) -> None:
    replay("build_15_deleted_404")
    replay("job_tree_permalinks", f"{ROOT}job/ci_cfht/api/json")
    assert "deleted" in rig.fails(NotFound)


@responses.activate
def test_a_build_that_never_was(replay: Replay, rig: Any) -> None:
    responses.get(ADDRESS, status=404)
    responses.get(f"{ROOT}job/ci_cfht/api/json", json={"nextBuildNumber": 4})
    assert "next build of the job will be #4" in rig.fails(NotFound)


@responses.activate
def test_fact_8_a_renamed_job_is_a_missing_job(replay: Replay, rig: Any) -> None:
    replay("job_renamed_old_name")
    replay("job_404", f"{ROOT}job/ci_cfht/api/json")
    replay("root", f"{ROOT}api/json")
    told = rig.fails(NotFound)
    assert "renamed" in told
    assert "Job/Read" in told
    assert "'ci_cfht'" in told


@responses.activate
def test_a_folder_in_place_of_a_job(replay: Replay, rig: Any) -> None:
    responses.get(ADDRESS, status=404)
    replay("folder", f"{ROOT}job/ci_cfht/api/json")
    assert "folder" in rig.fails(NotFound)


@responses.activate
@pytest.mark.parametrize("status", [404, 200])
def test_a_root_url_that_leads_to_no_jenkins(rig: Any, status: int) -> None:
    responses.get(ADDRESS, status=404)
    responses.get(f"{ROOT}job/ci_cfht/api/json", status=404)
    responses.get(f"{ROOT}api/json", status=status, body="<p>hello", content_type="text/html")
    told = rig.fails(NotFound)
    assert "no Jenkins at https://ci.example.org/jenkins/" in told
    assert "path prefix" in told


@responses.activate
@pytest.mark.parametrize("name", ["job_allBuilds_bad_range", "job_tree_syntax_error"])
def test_fact_9_a_bad_tree_is_an_unexpected_answer(replay: Replay, rig: Any, name: str) -> None:
    replay(name)
    told = rig.fails(UnexpectedAnswer)
    assert "status 500" in told
    assert rig.naps == []


@responses.activate
def test_the_sign_in_page_of_a_proxy(replay: Replay, rig: Any) -> None:
    replay("login_page")
    assert "sign-in page" in rig.fails(PermissionMissing)


@responses.activate
def test_a_page_in_place_of_json(rig: Any) -> None:
    responses.get(ADDRESS, body="<title>Maintenance</title>", content_type="text/html")
    told = rig.fails(UnexpectedAnswer)
    assert "Maintenance" in told
    assert ROOT in told


@responses.activate
@pytest.mark.parametrize("body", ["[]", "null"])
def test_json_that_is_no_object(rig: Any, body: str) -> None:
    responses.get(ADDRESS, body=body, content_type="application/json")
    assert "something else than requested" in rig.fails(UnexpectedAnswer)


@responses.activate
@pytest.mark.parametrize("body", ["{", "", "[" * 100_000])
def test_broken_json(rig: Any, body: str) -> None:
    responses.get(ADDRESS, body=body, content_type="application/json")
    assert "JSON that cannot be read" in rig.fails(UnexpectedAnswer)


@responses.activate
def test_credentials_do_not_follow_a_redirect(rig: Any) -> None:
    responses.get(ADDRESS, status=302, headers={"Location": "https://evil.example/x?s=1"})
    elsewhere = responses.get("https://evil.example/x", json={})
    told = rig.fails(UnexpectedAnswer)
    assert "redirected to https://evil.example/x:" in told
    assert elsewhere.call_count == 0


@responses.activate
def test_a_redirect_to_a_sign_in_service(anonymous: Any) -> None:
    there = "https://sso.example/Login?ticket=1"
    responses.get(ADDRESS, status=302, headers={"Location": there})
    told = anonymous.fails(PermissionMissing)
    assert "needs a user and token" in told
    assert "ticket" not in told


@responses.activate
def test_may_describe_is_read_off_the_page(replay: Replay, rig: Any) -> None:
    responses.get(ADDRESS, json={"number": 4})
    page = f"{ROOT}job/ci_cfht/4/"
    replay("closed_reader_html_build_page", page)
    assert not rig.client.may_describe(BUILD)
    responses.replace(
        responses.GET, page, body='<a href="editDescription" id="description-link">edit</a>'
    )
    assert rig.client.may_describe(BUILD)


ODD: list[dict[str, Any]] = [{"jobs": 5}, {"jobs": {"a": 1}}, {"allBuilds": 5}, {}]


@responses.activate
@pytest.mark.parametrize("answer", ODD)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.jobs(),
        lambda client: client.listings(5),
        lambda client: client.listing("ci"),
        lambda client: client.page("ci", 0, 5),
        lambda client: client.newest("ci", 5),
        lambda client: client.build(BUILD),
        lambda client: client.family(BUILD),
        lambda client: client.version(),
        lambda client: client.describe(BUILD, "text"),
    ],
)
def test_json_of_something_that_is_no_jenkins_is_one_clear_line(
    rig: Any, ask: Callable[[Any], object], answer: dict[str, Any]
) -> None:
    responses.get(re.compile(".*"), json=answer)
    responses.post(re.compile(".*"), status=403, body="No valid crumb")
    with pytest.raises(JenkinsError) as caught:
        ask(rig.client)
    assert "Jenkins" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, IsFolder)


@responses.activate
def test_a_job_is_not_looked_for_in_something_that_is_no_jenkins(rig: Any) -> None:
    responses.get(f"{ROOT}api/json", json={"jobs": 5})
    responses.get(re.compile(".*/job/.*"), status=404)
    with pytest.raises(NotFound, match="no Jenkins at"):
        rig.client.build(BUILD)


@responses.activate
def test_nobody_is_advised_to_sign_in_whatever_headers_a_proxy_takes_off(anonymous: Any) -> None:
    headers = {"X-Required-Permission": "hudson.model.Run.Artifacts"}
    responses.get(ADDRESS, status=403, body="", headers=headers)
    said = anonymous.fails(PermissionMissing)
    assert said.startswith("Anonymous users lack the permission Run/Artifacts")
    assert "set user of the controller 'lab'" in said


@responses.activate
def test_a_user_without_a_token_is_told_that_the_token_is_missing() -> None:
    responses.get(ADDRESS, status=401)
    with (
        JenkinsClient(Controller("lab", ROOT, user="dev")) as client,
        pytest.raises(SignInRefused, match="no token is set for the user 'dev'"),
    ):
        client.build(BUILD)


@responses.activate
def test_a_job_that_nobody_may_see_is_not_blamed_on_a_name_alone(anonymous: Any) -> None:
    responses.get(f"{ROOT}api/json", json={"mode": "NORMAL"})
    responses.get(re.compile(".*/job/.*"), status=404)
    said = anonymous.fails(NotFound)
    assert "anonymous users lack Job/Read" in said
    assert "set user and token" in said
