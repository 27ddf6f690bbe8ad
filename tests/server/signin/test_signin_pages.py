"""People sign in and out on pages; no page of another site can do it for them."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from starlette.datastructures import URL

from squash_jenkins.server import signin
from squash_jenkins.server.pages import events, site
from squash_jenkins.server.signin.pages import local
from tests import databases
from tests.server import signing

PARTS = (signin.part, events.part, site.part)
Start = Callable[..., Any]
TOKEN = re.compile(r'name="token" value="(\w+)"')


SERVER = {"reading": "closed", "root_path": "/qa", "trusted_proxies": ["127.0.0.1"]}


@pytest.fixture
def closed(server: Start) -> Any:
    """Return a server whose readers sign in, below a path."""
    return server(parts=PARTS, server=SERVER)


def form(client: httpx.Client, page: str = "sign-in/") -> dict[str, str]:
    found = TOKEN.search(client.get(page).text)
    assert found is not None
    return {"token": found[1]}


def signed_in(running: Any, member: Any) -> httpx.Client:
    """Return a client that signed in, and sends its origin as browsers do."""
    origin = str(URL(running.url).replace(path=""))
    client: httpx.Client = signing.client(running, Origin=origin)
    sent = {"name": member.name, "password": member.password, **form(client)}
    answer = client.post("sign-in/", data=sent)
    assert answer.status_code == 303, answer.text
    return client


def test_a_session_begins_and_ends(closed: Any) -> None:
    member = signing.join(closed.store, "reader", role="reader")
    other = signed_in(closed, member)
    with closing(signed_in(closed, member)) as client:
        me = client.get("api/me/").json()
        assert (me["name"], me["how"]) == ("reader", "session")
        assert client.get("builds/index.html").status_code == 200
        assert "<b>reader</b> (reader)" in client.get("sign-in/").text
        kept = client.cookies["squash_session"]
        assert client.post("sign-out/", data={"token": "wrong"}).status_code == 403
        out = client.post("sign-out/", data=form(client))
        assert out.headers["location"] == "/qa/sign-in/"
        assert "squash_session" not in client.cookies
    again = signing.get(f"{closed.url}/api/me/", headers={"Cookie": f"squash_session={kept}"})
    assert again.json()["how"] == "nobody"
    with closing(other):
        assert other.get("api/me/").json()["name"] == "reader"
        closed.store.accounts.change(member.key, password=None)
        until = datetime.now(UTC).timestamp() + 20
        while other.get("api/me/").json()["how"] == "session":
            assert datetime.now(UTC).timestamp() < until, "its session goes on"


def test_the_cookie_is_kept_from_scripts_and_other_sites(closed: Any) -> None:
    member = signing.join(closed.store, "reader", role="reader")
    with signing.client(closed) as client:
        sent = {"name": member.name, "password": member.password, "next": "/builds/?a=1&b=é"}
        client.get("sign-in/")
        answer = client.post("sign-in/", data={**sent, **form(client)})
        assert answer.headers["location"] == "/qa/builds/?a=1&b=%C3%A9"
        told = answer.headers["set-cookie"].lower()
        for part in ("httponly", "samesite=lax", "path=/qa", "max-age=43200"):
            assert part in told
        assert "secure" not in told
        client.cookies.clear()
        https = {"X-Forwarded-Proto": "https"}
        answer = client.post("sign-in/", data={**sent, "token": "x"}, headers=https)
        assert answer.status_code == 403 and "secure" in answer.headers["set-cookie"].lower()
    if databases.SERVER is None:
        files = closed.settings.folder.glob("squash.sqlite*")
        kept = b"".join(file.read_bytes() for file in files)
        assert member.password.encode() not in kept


def test_other_sites_cannot_use_a_session(closed: Any) -> None:
    member = signing.join(closed.store, "boss", role="admin")
    with closing(signed_in(closed, member)) as client:
        given = form(client)
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        ):
            assert client.post("sign-out/", data=given, headers=headers).status_code == 403
        del client.headers["Origin"]
        silent = client.post("sign-out/", data=given)
        assert silent.status_code == 403 and "Origin" in silent.json()["detail"]
        assert client.get("api/me/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
        same = client.post("sign-out/", data=given, headers={"Sec-Fetch-Site": "same-origin"})
        assert same.status_code == 303


def test_nobody_is_signed_in_by_another_site(closed: Any) -> None:
    member = signing.join(closed.store, "reader")
    sent = {"name": member.name, "password": member.password}
    url = f"{closed.url}/sign-in/"
    assert signing.post(url, data={**sent, "token": "0" * 64}).status_code == 403
    with signing.client(closed) as client:
        whole = {**sent, **form(client)}
        foreign = {"Origin": "https://evil.example"}
        assert client.post("sign-in/", data=whole, headers=foreign).status_code == 403
        wrong = client.post("sign-in/", data={**whole, "password": "<b>&"})
        assert wrong.status_code == 401
        assert "The name or the password is wrong" in wrong.text and "<b>&" not in wrong.text


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil", "", "a", "/a\n"],
)
def test_paths_that_lead_elsewhere_lead_to_the_start(path: str) -> None:
    assert local(path) == "/"


@given(st.text(alphabet="/\\.:@?#\t\r\n ahtps", max_size=12))
def test_whatever_is_asked_for_stays_here(path: str) -> None:
    kept = local(path)
    assert kept.startswith("/") and not kept.startswith("//") and "\\" not in kept
    assert kept in (path, "/")


@pytest.mark.browser
def test_somebody_signs_in_with_the_keyboard(closed: Any, browser: Browser) -> None:
    member = signing.join(closed.store, "reader", role="reader")
    with browser.new_context(viewport={"width": 360, "height": 640}) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{closed.url}/help/index.html")
        assert "/qa/sign-in/?next=" in page.url
        page.keyboard.type(member.name)
        page.keyboard.press("Tab")
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("Name").input_value() == member.name
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        page.get_by_label("Password").fill(member.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{closed.url}/help/index.html")
        page.locator(".account summary", has_text=member.name).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.get_by_role("link", name="Admin").count() == 0
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in").wait_for()
    others = [line for line in said if "401" not in line]
    assert others == []


@pytest.mark.browser
def test_a_visitor_signs_in_from_any_page_and_comes_back_to_it(
    server: Any, browser: Browser
) -> None:
    running = server(server={"root_path": "/qa"})
    member = signing.join(running.store, "head", role="admin")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{running.url}/help/index.html?x=%2F1#keys")
        page.locator(".account summary", has_text="More").click()
        page.keyboard.press("Escape")
        assert not page.get_by_role("link", name="Sign in").is_visible()
        page.locator(".account summary").click()
        page.get_by_role("link", name="REST API").wait_for()
        page.get_by_role("link", name="Sign in").click()
        page.get_by_label("Name").fill(member.name)
        page.get_by_label("Password").fill(member.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{running.url}/help/index.html?x=%2F1")
        page.locator(".account summary", has_text=member.name).click()
        page.get_by_role("link", name="Admin").click()
        page.get_by_role("link", name="Audit").click()
        page.get_by_text("session.begin").first.wait_for()
