"""Administrators see every table but no secret, and change what is safe to change."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from starlette.datastructures import URL

from squash_jenkins.server.admin.table_texts import grouped
from squash_jenkins.store.service import audit
from tests.server import signing

_TOKEN = re.compile(r'name="token" value="(\w+)"')
_MARKS = '"><script>alert(1)</script>'


class Site:
    """Hold a server with builds, an admin and a reader."""

    def __init__(self, running: Any, samples: Any) -> None:
        self.running, self.store = running, running.store
        for number in (1, 2):
            record = samples.record("sqre/ci_hsc", number)
            self.store.save(record, controller_url=samples.ROOT)
        self.admin = signing.join(self.store, "head", role="admin")
        self.reader = signing.join(self.store, "guest", role="reader")
        self.client = self.sign_in(self.admin)

    def sign_in(self, member: Any) -> httpx.Client:
        origin = str(URL(self.running.url).replace(path=""))
        client: httpx.Client = signing.client(self.running, Origin=origin)
        token = _token(client.get("sign-in/"))
        sent = {"name": member.name, "password": member.password, "token": token}
        assert client.post("sign-in/", data=sent).status_code == 303
        return client

    def row(self, table: str, search: str = "") -> Any:
        return self.store.browser.rows(table, search=search, many=1).rows[0]

    def do(self, where: str, **sent: str) -> httpx.Response:
        """Send a form of the admin page with the token that it holds."""
        page = self.client.get(f"admin/{where}/")
        assert page.status_code == 200, page.text
        return self.client.post(f"admin/{where}/", data={"token": _token(page), **sent})

    def noted(self) -> audit.AuditRow:
        return self.store.audit.newest(1)[0]


def _token(page: httpx.Response) -> str:
    found = _TOKEN.search(page.text)
    assert found is not None, page.text
    return found[1]


@pytest.fixture
def site(server: Any, samples: Any) -> Iterator[Site]:
    """Return a server that an admin is signed in to."""
    made = Site(server(), samples)
    yield made
    made.client.close()


def test_every_table_is_listed_and_no_secret_shown(site: Site) -> None:
    start = site.client.get("admin/").text
    seen = [start]
    for name in site.store.browser.names():
        assert f'href="{name}/"' in start
        answer = site.client.get(f"admin/{name}/")
        assert answer.status_code == 200, name
        seen.append(answer.text)
        for row in site.store.browser.rows(name, many=1).rows:
            detail = site.client.get(f"admin/{name}/{row['id']}/")
            assert detail.status_code == 200, name
            seen.append(detail.text)
    kept = [account.password for account in site.store.accounts.all()]
    with site.store._engine.connect() as connection:
        for table in ("token", "session", "account"):
            column = "name_digest" if table == "account" else "digest"
            query = f"SELECT {column} FROM {table}"  # noqa: S608 - names of our own
            kept += connection.exec_driver_sql(query).scalars()
    assert len(kept) >= 7
    for secret in kept:
        assert secret is not None
        assert not any(secret in page for page in seen)
    assert not {"password"} & set(site.store.browser.columns("account"))


def test_each_table_is_described_in_a_sentence(site: Site) -> None:
    names = site.store.browser.names()
    described = [name for title, group in grouped(names) for name in group if title != "Others"]
    assert sorted(described) == names
    assert list(grouped(["metric", "new"]))[-1] == ("Others", ["new"])


def test_rows_are_searched_sorted_and_turned_over(site: Site) -> None:
    found = site.client.get("admin/metric/", params={"search": "pa1", "sort": "name"}).text
    assert "validate_drp.PA1" in found
    assert "ip_diffim.completeness" not in found
    ids = [row["id"] for row in site.store.browser.rows("metric", falling=False, many=500).rows]
    assert ids == sorted(ids)
    first = site.store.browser.rows("metric", sort="name", falling=False, many=3)
    later = site.store.browser.rows("metric", sort="name", falling=False, first=3, many=3)
    names = [row["name"] for row in [*first.rows, *later.rows]]
    assert names == sorted(names)
    assert first.more
    assert not site.store.browser.rows("metric", search="P%1").rows  # no wildcard
    assert "No rows" in site.client.get("admin/metric/", params={"search": _MARKS}).text
    assert _MARKS not in site.client.get("admin/metric/", params={"search": _MARKS}).text


def test_what_does_not_exist_is_reported(site: Site) -> None:
    for path, status in {
        "nothing/": 404,
        "account/?sort=password": 404,
        "token/?sort=digest": 404,
        "metric/999999/": 404,
        "metric/99999999999999999999/": 422,
        "metric/?page=0": 422,
        "build/1/delete/": 404,
        "measurement/1/describe/": 404,
    }.items():
        assert site.client.get(f"admin/{path}").status_code == status, path
    kept = site.store.accounts.all()[0].password
    assert kept is not None
    assert not site.store.browser.rows("account", search=kept[:12]).rows  # nor guessed


def test_only_admins_come_in(site: Site) -> None:
    html = {"Accept": "text/html"}
    away = signing.get(f"{site.running.url}/admin/dataset/", headers=html)
    assert away.status_code == 303
    assert away.headers["location"] == "/sign-in/?next=%2Fadmin%2Fdataset%2F"
    assert signing.get(f"{site.running.url}/admin/").status_code == 401
    with closing(site.sign_in(site.reader)) as guest:
        key = site.row("dataset")["id"]
        for path in ("admin/", "admin/dataset/", f"admin/dataset/{key}/describe/"):
            assert guest.get(path).status_code == 403
        assert guest.post(f"admin/dataset/{key}/describe/", data={}).status_code == 403


def test_forms_of_other_sites_are_refused(site: Site) -> None:
    before = site.row("dataset")
    where = f"admin/dataset/{before['id']}/describe/"
    sent = {"token": _token(site.client.get(where)), "description": "theirs"}
    foreign = site.client.post(where, data=sent, headers={"Origin": "https://evil.example.org"})
    assert foreign.status_code == 403
    for token in ("", "wrong"):
        assert site.client.post(where, data={**sent, "token": token}).status_code == 403
    assert site.row("dataset") == before


def test_a_metric_is_described_and_what_was_said_stays(site: Site) -> None:
    row = site.row("metric", "validate_drp.PA1")
    where = f"metric/{row['id']}/describe"
    assert site.do(where, description="x", url="javascript:alert(1)").status_code == 400
    answer = site.do(where, description=_MARKS, doc="LPM-17", page="21", tags="one, two")
    assert answer.status_code == 303
    after = site.row("metric", "validate_drp.PA1")
    assert (after["description"], after["tags"]) == (_MARKS, ["one", "two"])
    assert after["unit"] == row["unit"]
    assert _MARKS not in site.client.get(f"admin/metric/{row['id']}/").text
    with site.store.reader() as reader:
        sources = {each.source for each in reader.definitions.of_metric("validate_drp.PA1")}
    assert {"admin", "document"} <= sources
    assert (site.noted().who, site.noted().action) == ("head", "metric.describe")


def test_specifications_are_added_and_withdrawn_but_never_in_the_past(site: Site) -> None:
    metric = site.row("metric", "validate_drp.PA1")
    where = f"metric/{metric['id']}/ask"
    good = {"level": "design", "operator": "<=", "threshold": "4.5", "unit": "mmag"}
    now = datetime.now(UTC)
    past, future = now - timedelta(days=9), now + timedelta(days=9)
    for wrong in (
        {"since": past.isoformat()},
        {"since": "soon"},
        {"until": past.isoformat()},
        {"threshold": "nan"},
        {"threshold": "1e999"},
        {"operator": "=>"},
        {"upper": "9"},
        {"level": ""},
    ):
        refused = site.do(where, **{**good, **wrong})
        assert refused.status_code == 400, wrong
        assert 'role="alert"' in refused.text
    before = site.store.browser.rows("specification", many=500).rows
    assert site.do(where, **good, until=future.isoformat(), name="mine").status_code == 303
    added = site.row("specification")
    assert (added["name"], added["source"], added["threshold"]) == ("mine", "admin", 4.5)
    assert now <= added["since"] <= datetime.now(UTC)
    assert added["until"] == future
    assert site.do(where, **good, name="mine").status_code == 400
    assert site.do(f"specification/{added['id']}/withdraw").status_code == 303
    assert site.noted().action == "specification.withdraw"
    [ended, *others] = site.store.browser.rows("specification", many=500).rows
    assert ended["until"] == ended["withdrawn"] is not None
    assert others == before
    assert site.client.get(f"admin/specification/{added['id']}/withdraw/").status_code == 404


def test_accounts_and_tokens(site: Site) -> None:
    guest, head = site.reader, site.admin
    assert site.do(f"account/{head.key}/disable").status_code == 400  # the last admin
    assert site.do(f"account/{head.key}/role", role="reader").status_code == 400
    assert site.do(f"account/{guest.key}/role", role="owner").status_code == 400
    assert site.do(f"account/{guest.key}/role", role="submitter").status_code == 303
    assert site.do(f"account/{guest.key}/disable").status_code == 303
    account = site.store.accounts.get(guest.key)
    assert account is not None
    assert account.role == "submitter"
    assert account.disabled is not None
    assert site.do(f"account/{guest.key}/enable").status_code == 303
    asked = site.client.get(f"admin/token/{guest.token_key}/revoke/")
    assert "cannot be undone" in asked.text
    assert site.store.accounts.token(guest.token) is not None
    assert site.do(f"token/{guest.token_key}/revoke").headers["location"] == "../../"
    assert site.store.accounts.token(guest.token) is None
    assert site.noted().action == "token.revoke"


def test_something_is_said_of_a_finding(site: Site, samples: Any) -> None:
    for number in range(3, 31):
        shift = 1.0 if number < 20 else 1.5
        record = samples.record("sqre/ci_hsc", number, shift=shift)
        site.store.save(record, controller_url=samples.ROOT)
    site.running.find_findings()
    finding = site.row("finding")
    where = f"finding/{finding['id']}/say"
    for wrong in ({"state": "gone"}, {"ticket": "javascript:1"}, {"fixed_in": "3"}):
        assert site.do(where, **{"state": "known", **wrong}).status_code == 400
    assert site.do(where, state="acknowledged", note="seen").status_code == 303
    assert site.do(where, state="fixed", fixed_in="30", ticket="DM-1").status_code == 303
    said = site.store.browser.rows("triage").rows
    assert [(row["state"], row["who"]) for row in said] == [
        ("fixed", "head"),
        ("acknowledged", "head"),
    ]
    assert site.row("finding", str(finding["id"]))["revision"] > finding["revision"]
    assert site.noted().action == "finding.triage"


def test_a_level_is_accepted_and_that_is_taken_back(site: Site, samples: Any) -> None:
    for number in range(3, 31):
        shift = 1.0 if number < 20 else 1.5
        record = samples.record("sqre/ci_hsc", number, shift=shift)
        site.store.save(record, controller_url=samples.ROOT)
    site.running.find_findings()
    key = site.row("finding")["id"]
    for wrong in ({"since": "3"}, {"since": "999"}, {"since": "20.5"}, {"since": "x"}):
        refused = site.do(f"finding/{key}/accept", **wrong)
        assert refused.status_code == 400, wrong
        assert 'role="alert"' in refused.text
    assert site.do(f"finding/{key}/accept", note=_MARKS).status_code == 303
    assert site.noted().action == "finding.accept"
    assert {row["who"] for row in site.store.browser.rows("acceptance").rows} == {"head"}
    _wait_until(lambda: site.row("finding")["ended_id"] is not None)
    assert site.do(f"finding/{key}/accept").status_code == 400  # twice
    assert site.do(f"finding/{key}/undo-acceptance").status_code == 303
    assert site.noted().action == "finding.undo_acceptance"
    assert site.store.browser.rows("acceptance").rows == []
    _wait_until(lambda: site.row("finding")["ended_id"] is None)


def _wait_until(done: Callable[[], bool]) -> None:
    """Wait for what follows from a write in the background."""
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_rules_of_a_metric_are_set_and_taken_back(site: Site) -> None:
    key = site.row("metric", "validate_drp.PA1")["id"]
    where = f"metric/{key}/rules"
    for wrong in ({"smallest": "-1"}, {"direction": "up"}, {"ignore": "maybe"}):
        refused = site.do(where, **wrong)
        assert refused.status_code == 400, wrong
        assert 'role="alert"' in refused.text
    assert site.do(where, smallest="2 mmag", direction="none", ignore="no").status_code == 303
    assert (site.noted().action, site.noted().target) == ("metric.rules", "validate_drp.PA1")
    with site.store.reader() as reader:
        rules = reader.definitions.rules()["validate_drp.PA1"]
    assert (str(rules.smallest), rules.direction, rules.ignore) == ("2 mmag", "none", False)
    form = site.client.get(f"admin/{where}/").text
    assert 'name="smallest" value="2 mmag"' in form
    assert "<option selected>none</option>" in form
    assert "<option selected>no</option>" in form
    assert site.do(where).status_code == 303
    with site.store.reader() as reader:
        assert reader.definitions.rules() == {}


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Return a page as wide as a phone's; errors in it fail the test."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda told: faults.append(told.text) if told.type in ("error", "warning") else None,
    )
    yield page
    context.close()
    assert faults == []


@pytest.mark.browser
def test_an_admin_describes_a_dataset_and_its_page_shows_it(site: Site, phone: Page) -> None:
    phone.goto(f"{site.running.url}/admin/dataset/")
    phone.get_by_label("Name").fill(site.admin.name)
    phone.get_by_label("Password").fill(site.admin.password)
    phone.get_by_role("button", name="Sign in").click()
    key = site.row("dataset")["id"]
    phone.get_by_role("link", name=str(key), exact=True).click()
    phone.get_by_role("link", name="Edit").click()
    phone.get_by_label("Description").fill("Two fields, <b>deep</b>")
    phone.get_by_label("Camera").fill("MegaCam")
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert phone.evaluate(wide)
    phone.get_by_role("button", name="Save").click()
    phone.wait_for_url(f"**/admin/dataset/{key}/")
    assert phone.evaluate(wide)
    assert (site.noted().action, site.noted().how) == ("dataset.describe", "session")
    phone.goto(f"{site.running.url}/datasets/")
    phone.get_by_text("Two fields, <b>deep</b>", exact=True).wait_for()
