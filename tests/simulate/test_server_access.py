"""Facts 14 to 18 and 20 to 22: errors, sign-in, crumbs, queue, restart, description."""

import time
from typing import Any

import pytest
import requests

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

DEV = ("dev", "token-dev")
PASSWORD = ("dev", "secret")


def get(jenkins: SimulatedJenkins, path: str, **options: Any) -> requests.Response:
    return requests.get(f"{jenkins.url}/{path}", timeout=10, **options)


def describe(jenkins: SimulatedJenkins, session: Any = requests, **options: Any) -> Any:
    options.setdefault("data", {"description": "text"})
    url = f"{jenkins.url}/job/ci/1/submitDescription"
    return session.post(url, allow_redirects=False, timeout=10, **options)


def test_fact_14_which_answers_carry_x_jenkins(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_build("ci", artifacts={"qa.json": b"{}"})
    without = {
        "job/none/api/json": 404,
        "job/ci/2/api/json": 404,
        "job/ci/1/artifact/qa.json": 200,
        "job/ci/1/consoleText": 200,
        "job/ci/1": 302,
        "job/ci/1/wfapi/describe": 404,
    }
    for path, status in without.items():
        said = get(jenkins, path, allow_redirects=False, headers={"Accept": "application/json"})
        assert (said.status_code, "X-Jenkins" in said.headers) == (status, False), path
        if status == 404:
            assert said.headers["Content-Type"].startswith("text/html")
    for path in ("api/json", "job/ci/api/json", "job/ci/1/", "login"):
        assert get(jenkins, path).headers["X-Jenkins"] == "2.263.4"


def test_fact_15_wrong_credentials_are_401_even_where_anonymous_may_read(
    jenkins: SimulatedJenkins,
) -> None:
    assert get(jenkins, "job/ci/api/json").status_code == 200
    for auth in (("dev", "wrong"), ("ghost", "x"), ("dev", "")):
        said = get(jenkins, "job/ci/api/json", auth=auth)
        assert (said.status_code, "X-Jenkins" in said.headers) == (401, False)
    broken = {"Authorization": "Basic %%%"}
    assert get(jenkins, "job/ci/api/json", headers=broken).status_code == 401


def test_fact_15_closed_server(world: World, jenkins: SimulatedJenkins) -> None:
    world.anonymous = frozenset()
    for path in ("api/json", "job/ci/api/json", "job/none/api/json"):
        said = get(jenkins, path)
        assert said.status_code == 403
        assert "/login?from=" in said.text
    assert get(jenkins, "login").status_code == 200
    assert get(jenkins, "job/ci/api/json", auth=("reader", "token-reader")).status_code == 200
    assert get(jenkins, "job/ci/api/json", auth=("nobody", "token-nobody")).status_code == 404
    assert get(jenkins, "api/json", auth=("nobody", "token-nobody")).json()["jobs"] == []


def test_fact_15_missing_permission_is_named(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_build("ci")
    said = describe(jenkins, auth=("reader", "token-reader"))
    assert said.status_code == 403
    assert said.headers["X-Required-Permission"] == "hudson.model.Run.Update"


def test_fact_16_token_needs_no_crumb(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_build("ci")
    assert describe(jenkins, auth=DEV).status_code == 302
    for auth in (PASSWORD, None):
        said = describe(jenkins, auth=auth)
        assert (said.status_code, "No valid crumb" in said.text) == (403, True)


def test_fact_16_crumb_needs_its_cookie_and_dies_at_a_restart(
    world: World, jenkins: SimulatedJenkins
) -> None:
    world.add_build("ci")
    with requests.Session() as session:
        session.auth = PASSWORD
        said = session.get(f"{jenkins.url}/crumbIssuer/api/json", timeout=10).json()
        headers = {said["crumbRequestField"]: said["crumb"]}
        assert describe(jenkins, session, headers=headers).status_code == 302
        assert describe(jenkins, auth=PASSWORD, headers=headers).status_code == 403
        world.restart(refused=0, starting=0)
        assert describe(jenkins, session, headers=headers).status_code == 403


def test_fact_17_asking_for_builds(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_job("param", parameters={"REV": "main"})
    world.add_job("off", disabled=True)
    expected = {
        "ci/build": 201,
        "ci/buildWithParameters": 500,
        "param/build": 400,
        "param/buildWithParameters": 201,
        "off/build": 409,
    }
    for path, status in expected.items():
        said = requests.post(f"{jenkins.url}/job/{path}", auth=DEV, timeout=10)
        assert said.status_code == status, path
    assert get(jenkins, "job/ci/build", auth=DEV).status_code == 405


def test_fact_18_life_of_a_queue_item(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_job("param", parameters={"REV": "main", "FLAG": True})
    url = f"{jenkins.url}/job/param/buildWithParameters"
    asked = requests.post(url, {"REV": "q1", "NOSUCH": "1"}, auth=DEV, timeout=10)
    item = f"{asked.headers['Location']}api/json"
    number = int(item.split("/")[-3])
    assert requests.get(item, timeout=10).json()["_class"].endswith("WaitingItem")
    assert len(get(jenkins, "queue/api/json").json()["items"]) == 1
    assert get(jenkins, "job/param/api/json").json()["queueItem"]["id"] == number
    world.queue[number].state = "left"
    assert requests.get(item, timeout=10).json()["executable"] is None
    world.start_queued(number)
    assert requests.get(item, timeout=10).json()["executable"]["number"] == 1
    values = get(jenkins, "job/param/1/api/json").json()["actions"][0]["parameters"]
    assert {each["name"]: each["value"] for each in values} == {"REV": "q1", "FLAG": True}
    world.restart(refused=0, starting=0)
    assert requests.get(item, timeout=10).status_code == 404


def test_fact_18_cancelled_item(world: World, jenkins: SimulatedJenkins) -> None:
    asked = requests.post(f"{jenkins.url}/job/ci/build", auth=DEV, timeout=10)
    number = asked.headers["Location"].split("/")[-2]
    cancel = f"{jenkins.url}/queue/cancelItem"
    assert requests.post(cancel, {"id": number}, auth=DEV, timeout=10).status_code == 204
    assert get(jenkins, f"queue/item/{number}/api/json").json()["cancelled"] is True
    assert requests.post(cancel, {"id": "99"}, auth=DEV, timeout=10).status_code == 404


def test_fact_20_restart_as_a_client_sees_it(world: World, jenkins: SimulatedJenkins) -> None:
    seen: list[Any] = []
    with requests.Session() as session:
        session.get(f"{jenkins.url}/api/json", timeout=10)
        world.restart(refused=0.4, starting=0.4)
        end = time.monotonic() + 5
        while (not seen or seen[-1] != 200) and time.monotonic() < end:
            now = look(session, jenkins)
            if now not in seen[-1:]:
                seen.append(now)
    assert seen[-3:] == ["refused", 503, 200]


def look(session: requests.Session, jenkins: SimulatedJenkins) -> Any:
    try:
        said = session.get(f"{jenkins.url}/job/none/../../api/json", timeout=10)
    except requests.ConnectionError as error:
        return "refused" if "refused" in str(error) else "cut"
    if said.status_code == 503:
        assert "getting ready to work" in said.text
        assert said.headers["Content-Type"].startswith("text/html")
        assert not {"X-Jenkins", "Retry-After"} & set(said.headers)
    return said.status_code


def test_fact_21_description(world: World, jenkins: SimulatedJenkins) -> None:
    build = world.start_build("ci")
    text = 'é ☃ <b>b</b>\n"x" & y=' + "x" * 300_000
    said = describe(jenkins, auth=DEV, data={"description": text})
    assert (said.status_code, said.headers["Location"]) == (302, f"{jenkins.url}/job/ci/1/")
    world.finish_build("ci", 1)
    assert get(jenkins, "job/ci/1/api/json").json()["description"] == text
    for options in ({"data": {}}, {"json": {"description": "kept?"}}):
        build.description = "somebody's text"
        assert describe(jenkins, auth=DEV, **{"data": None, **options}).status_code == 302
        assert build.description is None
    assert get(jenkins, "job/ci/1/submitDescription", auth=DEV).status_code == 405
    world.delete_build("ci", 1)
    assert describe(jenkins, auth=DEV).status_code == 404


def test_fact_22_config_submit_sets_both(world: World, jenkins: SimulatedJenkins) -> None:
    build = world.add_build("ci")
    url = f"{jenkins.url}/job/ci/1/configSubmit"
    expected = {
        '{"displayName": "release 4", "description": "text"}': 302,
        '{"description": "only"}': 500,
        "{}": 500,
        "no json": 500,
    }
    for form, status in expected.items():
        said = requests.post(url, {"json": form}, auth=DEV, allow_redirects=False, timeout=10)
        assert said.status_code == status
    assert requests.post(url, {"description": "x"}, auth=DEV, timeout=10).status_code == 400
    assert (build.display_name, build.description) == ("release 4", "text")
    assert get(jenkins, "job/ci/1/api/json").json()["fullDisplayName"] == "ci release 4"


def test_who_am_i(jenkins: SimulatedJenkins) -> None:
    assert get(jenkins, "whoAmI/api/json").json()["name"] == "anonymous"
    assert get(jenkins, "whoAmI/api/json", auth=DEV).json()["name"] == "dev"
    assert get(jenkins, "me/api/json", auth=DEV).json()["id"] == "dev"
    assert get(jenkins, "me/api/json").status_code == 403


def test_config_xml_and_plugins_need_permissions(jenkins: SimulatedJenkins) -> None:
    admin = ("admin", "token-admin")
    for path in ("job/ci/config.xml", "pluginManager/api/json"):
        assert get(jenkins, path, auth=DEV).status_code == 403
        assert get(jenkins, path, auth=admin).status_code == 200


@pytest.mark.parametrize("path", ["nosuch/api/json", "nosuch", "queue/item/x/api/json", "job"])
def test_unknown_paths_are_404(jenkins: SimulatedJenkins, path: str) -> None:
    assert get(jenkins, path).status_code == 404


def preview(jenkins: SimulatedJenkins, text: str, **options: Any) -> requests.Response:
    url = f"{jenkins.url}/markupFormatter/previewDescription"
    return requests.post(url, data={"text": text}, timeout=10, **options)


def test_fact_23_the_formatter_can_be_tried(world: World, jenkins: SimulatedJenkins) -> None:
    text = '<a href="https://qa/">x</a>\nhttps://qa/'
    plain = "&lt;a href=&quot;https://qa/&quot;&gt;x&lt;/a&gt;<br>https://qa/"
    assert preview(jenkins, text, auth=DEV).text == plain
    world.markup = "html"
    kept = '<a href="https://qa/" rel="nofollow">x</a>\nhttps://qa/'
    assert preview(jenkins, text, auth=DEV).text == kept
    assert get(jenkins, "markupFormatter/previewDescription?text=x", auth=DEV).status_code == 405
    assert preview(jenkins, text).status_code == 403, "no crumb"
