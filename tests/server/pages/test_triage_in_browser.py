"""People say on its page what is known of a finding, and open pages show it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from squash_jenkins.models.finding import Triage

pytestmark = pytest.mark.browser
Start = Callable[..., Any]


@pytest.fixture
def running(server: Start, samples: Any) -> Any:
    """Return a server of a job in which something got worse."""
    made = server()
    for number in range(1, 31):
        record = samples.record("sqre/ci_hsc", number, shift=1.0 if number < 20 else 1.5)
        made.store.save(record, controller_url=samples.ROOT)
    made.find_findings()
    return made


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Return a page of a phone; a fault of its scripts fails the test."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [fault for fault in faults if "status of 422" not in fault] == []


def test_a_finding_is_acknowledged_where_it_is_shown(running: Any, phone: Page) -> None:
    phone.goto(f"{running.url}/findings/")
    card = phone.locator(".finding").first
    card.locator(".act summary").click()
    card.get_by_label("Ticket").fill("javascript:1")
    card.get_by_role("button", name="Save").click()
    card.get_by_role("alert").get_by_text("is not a ticket").wait_for()
    card.get_by_label("State").select_option("fixed")
    card.get_by_label("Number of the build").fill("30")
    card.get_by_label("Ticket").fill("DM-7")
    card.get_by_label("Note").fill("<i>done</i>")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="Save").click()
    phone.locator(".finding.calmed").first.wait_for(timeout=30_000)
    (said,) = running.store.browser.rows("triage").rows
    assert (said["state"], said["fixed_in"], said["ticket"], said["note"]) == (
        "fixed", 30, "DM-7", "<i>done</i>",
    )  # fmt: skip
    assert running.store.audit.newest(1)[0].action == "finding.triage"


def test_an_admin_accepts_a_level_on_the_page_of_the_finding(running: Any, phone: Page) -> None:
    name = running.store.browser.rows("finding").rows[0]["name"]
    phone.goto(f"{running.url}/findings/{name}/")
    card = phone.locator(".finding").first
    card.locator(".act summary").click()
    card.get_by_label("State").select_option("accepted")
    assert not card.get_by_label("Ticket").is_visible()
    card.get_by_label("Since build number").fill("3")
    card.get_by_role("button", name="Save").click()
    card.get_by_role("alert").get_by_text("came before the finding").wait_for()
    card.get_by_label("Since build number").fill("")
    card.get_by_label("Note").fill("<i>new</i> machines")
    card.get_by_role("button", name="Save").click()
    notice = phone.get_by_text("<i>new</i> machines. Detection begins anew at that build")
    notice.wait_for(timeout=30_000)
    assert running.store.audit.newest(1)[0].action == "finding.accept"


def test_statements_are_changed_and_undone_and_comments_are_a_thread(
    running: Any, phone: Page
) -> None:
    row = running.store.browser.rows("finding").rows[0]
    said = Triage("known", "ada", datetime.now(UTC), "the compiler", "DM-7", assignee="bob")
    running.store.add_triage(row["id"], said)
    running.find_findings()
    phone.goto(f"{running.url}/findings/{row['name']}/")
    thread = phone.locator("#thread")
    thread.get_by_text("assigned to bob").wait_for(timeout=30_000)
    card = phone.locator(".finding").first
    card.locator(".act summary", has_text="Change").click()
    assert card.get_by_label("State").input_value() == "known"
    assert card.get_by_label("Note").input_value() == "the compiler"
    assert card.get_by_label("Assigned to").input_value() == "bob"
    card.get_by_label("State").select_option("muted")
    card.get_by_role("button", name="Save").click()
    thread.get_by_text("muted").wait_for(timeout=30_000)
    phone.reload()
    card.locator(".act summary", has_text="Change").click()
    card.get_by_role("button", name="Undo").click()
    thread.locator(".undone").get_by_text("undone by").wait_for(timeout=30_000)
    phone.reload()
    thread.get_by_label("Comment").fill("<b>two</b>\nlines")
    thread.get_by_role("button", name="Comment").click()
    thread.locator("[data-comment]").get_by_text("<b>two</b>").wait_for(timeout=30_000)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.reload()
    thread.get_by_role("button", name="Delete").click()
    thread.locator("[data-comment]").wait_for(state="detached", timeout=30_000)
    actions = [entry.action for entry in running.store.audit.newest(4)]
    assert actions == [
        "finding.delete_comment",
        "finding.comment",
        "finding.undo_triage",
        "finding.triage",
    ]


def test_visitors_see_the_command(running: Any, phone: Page) -> None:
    running.store.accounts.add("qa", None, "admin", datetime.now(UTC))
    phone.goto(f"{running.url}/findings/")
    card = phone.locator(".finding").first
    phone.locator(".account").wait_for()
    card.locator(".act summary").click()
    card.get_by_text("squash-jenkins findings acknowledge").wait_for()
    assert card.locator("form").count() == 0
