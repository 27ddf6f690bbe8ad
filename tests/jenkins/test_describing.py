"""Set descriptions in a simulated Jenkins, with and without tokens and permissions."""

from collections.abc import Callable

import pytest

from squash_jenkins.errors import JenkinsError, NotFound, PermissionMissing, UnexpectedAnswer
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import link_back
from squash_jenkins.models import BuildId
from squash_jenkins.simulate.state import SimBuild
from squash_jenkins.simulate.world import World

BUILD = BuildId("lab", "f/ci é", 1)
URL = "https://qa.example.org/jobs/f/ci%20é/1/?x=1&y=2"
PLAIN = "QA dashboard: https://qa.example.org/jobs/f/ci%20%C3%A9/1/?x=1&y=2 — 28 measured, 2 <bad>"
Connect = Callable[..., JenkinsClient]


@pytest.fixture
def build(world: World) -> SimBuild:
    world.add_job("f/ci é")
    return world.add_build("f/ci é", description="kept\r\n")


def posts(world: World) -> int:
    return sum(method == "POST" for method, _ in world.requests)


def test_fact_21_a_description_is_set(client: JenkinsClient, build: SimBuild) -> None:
    client.describe(BUILD, "é <b>\r\n\n" + "x" * 300_000)
    assert client.description(BUILD) == build.description == "é <b>\r\n\n" + "x" * 300_000


@pytest.mark.parametrize("text", ["", " \n"])
def test_fact_21_nothing_empty_is_sent(
    world: World, client: JenkinsClient, build: SimBuild, text: str
) -> None:
    with pytest.raises(JenkinsError, match="empty"):
        client.describe(BUILD, text)
    assert build.description == "kept\r\n"
    assert posts(world) == 0


def test_fact_21_a_running_build_can_be_described(world: World, client: JenkinsClient) -> None:
    world.add_job("ci")
    world.start_build("ci")
    client.describe(BuildId("lab", "ci", 1), "running")
    world.finish_build("ci", 1)
    assert client.description(BuildId("lab", "ci", 1)) == "running"


def test_linking_back_and_again(world: World, client: JenkinsClient, build: SimBuild) -> None:
    assert link_back(client, BUILD, URL, "28 measured, 2 <bad>", "plain")
    assert build.description == f"kept\r\n{PLAIN}"
    assert not link_back(client, BUILD, URL, "28 measured, 2 <bad>", "plain")
    assert posts(world) == 1
    build.description = f"{build.description}\nadded by hand"
    assert link_back(client, BUILD, "https://h/", "3 <bad>", "html")
    assert build.description == (
        'kept\r\n<div><a href="https://h/">QA dashboard</a> — 3 &lt;bad&gt;</div>\nadded by hand'
    )


def test_linking_back_where_nothing_was(client: JenkinsClient, build: SimBuild) -> None:
    build.description = None
    assert link_back(client, BUILD, URL, "28 measured, 2 <bad>", "plain")
    assert build.description == PLAIN


def test_a_passing_fault_is_tried_again(
    world: World, client: JenkinsClient, build: SimBuild
) -> None:
    world.order_fault("submitDescription", kind="reset")
    world.order_fault("submitDescription", status=503)
    client.describe(BUILD, "new")
    assert build.description == "new"
    assert posts(world) == 3


def test_fact_21_a_deleted_build_is_told(
    world: World, client: JenkinsClient, build: SimBuild
) -> None:
    world.delete_build(BUILD.job, 1)
    with pytest.raises(NotFound, match="deleted"):
        client.describe(BUILD, "new")
    with pytest.raises(NotFound, match="deleted"):
        link_back(client, BUILD, URL, "x", "plain")


def test_fact_21_the_missing_permission_is_named(connect: Connect, build: SimBuild) -> None:
    with pytest.raises(PermissionMissing, match="Run/Update") as caught:
        connect("reader").describe(BUILD, "new")
    assert "'reader'" in str(caught.value)
    assert build.description == "kept\r\n"


def test_fact_16_no_crumb_is_asked_for_with_a_token(
    world: World, client: JenkinsClient, build: SimBuild
) -> None:
    client.describe(BUILD, "new")
    assert [path for _, path in world.requests if "crumb" in path] == []


def test_fact_16_a_password_needs_a_crumb_also_after_a_restart(
    world: World, connect: Connect, build: SimBuild
) -> None:
    client = connect("dev", "correct horse")
    client.describe(BUILD, "first")
    assert build.description == "first"
    world.restart(refused=0.1, starting=0.1)
    client.describe(BUILD, "second")
    assert build.description == "second"


def test_fact_16_anonymous_users_learn_what_they_lack(connect: Connect, build: SimBuild) -> None:
    with pytest.raises(PermissionMissing, match="Run/Update") as caught:
        connect(None, None).describe(BUILD, "new")
    assert "needs a user and token" in str(caught.value)


def test_a_page_in_place_of_the_redirect_is_no_success(
    world: World, client: JenkinsClient, build: SimBuild
) -> None:
    world.order_fault("submitDescription", kind="html")
    with pytest.raises(UnexpectedAnswer, match="Please sign in"):
        client.describe(BUILD, "new")
