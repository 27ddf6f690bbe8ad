"""People are told of what got worse: once, in one message, whatever their servers do."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from pydantic import SecretStr

from squash_jenkins.config import NotifySettings, Settings
from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Metric, Report
from squash_jenkins.models.finding import (
    BETTER,
    NEUTRAL,
    STEP,
    TRIAGE,
    WORSE,
    Finding,
    SeriesChange,
    Triage,
)
from squash_jenkins.notifications.news import news, plain
from squash_jenkins.notifications.send import notify, probe, send_due
from squash_jenkins.notifications.targets import targets
from squash_jenkins.store import Plan, Store, open_store
from squash_jenkins.store.rows import DetectionRow, FindingRow
from squash_jenkins.store.service.notifications import CLAIM_SECONDS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = "11d5hush5token"


class Handler(BaseHTTPRequestHandler):
    """Take messages, or fail in the way that the path names."""

    def do_POST(self) -> None:
        inbox: Inbox = self.server.inbox  # type: ignore[attr-defined] # ours, set below
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.strip("/").split("/")[0]
        inbox.calls.append(kind)
        if kind in inbox.failing:
            self.send_error(500)
            return
        if kind == "hang":
            inbox.over.wait(60)
            return
        if kind == "drip":
            self._drip(inbox.over)
            return
        inbox.messages.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self, over: Event) -> None:
        """Answer one byte after the other, so that no time-out of a socket ends it."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not over.wait(0.2):
            try:
                self.wfile.write(b"a")
            except OSError:
                return

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""


@dataclass
class Inbox:
    """Hold what arrived; paths in `failing` answer 500."""

    port: int
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    over: Event = field(default_factory=Event)

    def url(self, kind: str = "ok", query: str = "") -> str:
        return f"json://qa:{SECRET}@127.0.0.1:{self.port}/{kind}/{SECRET}{query}"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox = server.inbox = Inbox(server.server_address[1])  # type: ignore[attr-defined] # read by the handler
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield inbox
    inbox.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def opened(folder: Path, options: str = "") -> Store:
    return open_store(f"sqlite:///{folder / 'squash.sqlite'}{options}", str(folder / "blobs"))


def settings(*urls: str, **notify: Any) -> Settings:
    return Settings(notify=NotifySettings(urls=tuple(map(SecretStr, urls)), **notify))


def page_url(row: FindingRow) -> str:
    return f"https://qa.example/findings/{row.name}/"


METRICS = ["p.AM1", "p.AM2", "p.PA1", "p.@everyone <b>loud</b>\nSubject: *x*"]


def save(store: Store, job: str = "ci_hsc", count: int = 20, newest: datetime = NOW) -> list[int]:
    """Store builds, one a day; return their keys, the oldest first."""
    records = []
    for number in range(1, count + 1):
        started = newest - timedelta(days=count - number, hours=1)
        report = Report(
            "qa.json",
            "plain",
            f"{number:064x}",
            100,
            measurements=[Measurement(name, 1.0, "mmag") for name in METRICS],
            metrics=[Metric(name, "mmag", operator="<=") for name in METRICS],
        )
        build = Build(BuildId("ci", job, number), started, 60.0, "SUCCESS")
        records.append(BuildRecord(build, [report]))
    store.save_all(records, controller_url="http://ci.example/")
    with store.reader() as reader:
        return [row.key for row in reader.builds.of_job(job_key(store, job))]


def job_key(store: Store, name: str = "ci_hsc") -> int:
    with store.reader() as reader:
        return next(row.key for row in reader.builds.jobs() if row.name == name)


def worse(build: int, metric: str = "p.AM1", direction: str = WORSE) -> Finding:
    change = SeriesChange(
        STEP,
        direction,
        metric,
        *(build, build, build, "COSMOS", "r"),
        unit="mmag",
        before=10.0,
        after=11.8,
        sigma=0.2,
        strength=9.0,
        p_value=1e-9,
    )
    return Finding(STEP, direction, build, build, build, [change])


def write(store: Store, new: Sequence[Finding], job: str = "ci_hsc", **plan: Any) -> list[int]:
    """Store findings; return the keys of the new ones in their order."""
    key = job_key(store, job)
    with store.reader() as reader:
        before = reader.findings.detections().get(key)
        stored = {row.key: row.finding for row in reader.findings.find(key)}
        known = len(reader.findings.find())
        revision = reader.revisions.by_job()[key]
    names = {f"{known + at:08x}": finding for at, finding in enumerate(new)}
    kept = {key: found for key, found in stored.items() if key not in plan.get("gone", ())}
    made = Plan(**{"kept": kept, "new": names, "gone": (), **plan})
    written = store.write_findings(key, DetectionRow(key, revision, 20, "0" * 64), before, made)
    assert written is not None
    keys = {row.name: row.key for row in written}
    return [keys[name] for name in names]


def test_a_regression_is_told_in_one_message_that_says_all(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    write(store, [worse(builds[-2])])
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    (message,) = inbox.messages
    assert message["title"] == "1 regression: AM1 got worse by 18% in ci_hsc"
    headline, details, link = message["message"].splitlines()
    assert headline == "AM1 got worse by 18% (COSMOS · r)"
    assert "10 → 11.8 mmag since #19" in details
    assert link == "https://qa.example/findings/00000000/"
    assert message["type"] == "warning"


def test_each_finding_is_told_once(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    write(store, [worse(builds[-2])])
    who = settings(inbox.url())
    for later in range(3):
        assert notify(who, store, page_url, now=NOW + timedelta(hours=later)) == []
    assert len(inbox.messages) == 1
    write(store, [worse(builds[-1], "p.PA1")])
    assert notify(who, store, page_url, now=NOW) == []
    assert inbox.titles[1:] == ["1 regression: PA1 got worse by 18% in ci_hsc"]
    with store.reader() as reader:
        assert [row.notified for row in reader.findings.find()] == [NOW, NOW]


def test_many_findings_are_one_message_with_ten_links(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    write(store, [worse(builds[-1 - at % 7], METRICS[at % 3]) for at in range(13)])
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    (message,) = inbox.messages
    assert message["title"] == "13 regressions in ci_hsc"
    assert message["message"].count("https://qa.example/findings/") == 10
    assert message["message"].endswith("\n\nand 3 more")


def test_several_jobs_are_one_message_that_names_them(store: Store, inbox: Inbox) -> None:
    for job in ("ci_hsc", "night/ci_cfht"):
        builds = save(store, job)
        write(store, [worse(builds[-1])], job)
    assert notify(settings(inbox.url()), store, lambda _: "", now=NOW) == []
    (message,) = inbox.messages
    assert message["title"] == "2 regressions in 2 jobs"
    heads = message["message"].splitlines()[::3]
    assert sorted(head.split(":")[0] for head in heads) == ["ci_hsc", "night/ci_cfht"]
    assert "http" not in message["message"]


def test_improvements_are_told_on_request_after_what_got_worse(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    write(store, [worse(builds[-1], "p.PA1", BETTER), worse(builds[-3])])
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    assert inbox.titles == ["1 regression: AM1 got worse by 18% in ci_hsc"]
    with_better = settings(inbox.url("other"), improvements=True)
    assert notify(with_better, store, page_url, now=NOW) == []
    assert inbox.titles[1:] == ["1 regression, 1 improvement in ci_hsc"]
    assert inbox.messages[1]["message"].startswith("AM1 got worse")
    assert notify(settings(inbox.url(), improvements=True), store, page_url, now=NOW) == []
    assert inbox.titles[2:] == ["1 improvement: PA1 got better by 18% in ci_hsc"]
    assert inbox.messages[2]["type"] == "success"


@pytest.mark.parametrize("state", [state for state in TRIAGE if state != "open"])
def test_what_somebody_has_spoken_of_is_not_told(store: Store, inbox: Inbox, state: str) -> None:
    builds = save(store)
    (spoken, _) = write(store, [worse(builds[-1]), worse(builds[-2], "p.PA1")])
    store.add_triage(spoken, Triage(state, "qa", NOW))
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    assert inbox.titles == ["1 regression: PA1 got worse by 18% in ci_hsc"]


def test_what_grew_beyond_its_triage_is_sent_once_more(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    (key,) = write(store, [worse(builds[-1])])
    sent = partial(notify, settings(inbox.url()), store, page_url)
    assert sent(now=NOW) == []
    store.add_triage(key, Triage("acknowledged", "qa", NOW + timedelta(minutes=1)))
    assert sent(now=NOW + timedelta(minutes=2)) == []
    larger = worse(builds[-1])
    series = [*larger.series, replace(larger.series[0], metric="p.PA1")]
    write(store, [], kept={key: replace(larger, series=series)})
    for minutes in (3, 4):
        assert sent(now=NOW + timedelta(minutes=minutes)) == []
    assert len(inbox.messages) == 2
    assert "It grew since acknowledged: +1 series, now 18%." in inbox.messages[1]["message"]


def test_what_is_over_or_withdrawn_or_neither_better_nor_worse_is_not_told(store: Store) -> None:
    builds = save(store)
    over = replace(worse(builds[-5]), ended=builds[-2])
    (_, withdrawn, _) = write(store, [over, worse(builds[-1]), worse(builds[-1], "p.PA1", NEUTRAL)])
    store.add_triage(withdrawn, Triage("open", "qa", NOW))
    write(store, [], gone=[withdrawn])
    with store.reader() as reader:
        assert len(reader.findings.find()) == 3
        assert news(settings(improvements=True), reader, NOW) == []


def test_only_what_began_among_the_newest_builds_is_told(store: Store, inbox: Inbox) -> None:
    builds = save(store, count=40)
    write(store, [worse(build) for build in builds])
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    assert inbox.titles == ["10 regressions in ci_hsc"]
    assert "and" not in inbox.messages[0]["message"].split("\n\n")[-1].split()


def test_a_backfill_of_years_is_no_storm(store: Store, inbox: Inbox) -> None:
    for at in range(5):
        builds = save(store, f"old/{at}", newest=NOW - timedelta(days=31 + 400 * at))
        write(store, [worse(build) for build in builds], f"old/{at}")
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    assert inbox.calls == []


def test_a_failed_target_is_told_by_the_next_run_and_the_others_are_not_told_again(
    store: Store, inbox: Inbox
) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    who = settings(inbox.url("ok"), inbox.url("bad"))
    inbox.failing = {"bad"}
    (warning,) = notify(who, store, page_url, now=NOW)
    assert warning.startswith("json:// (notify.urls, entry 2) was not notified of 1 finding: ")
    assert "status 500" in warning
    assert "next run tries again" in warning
    assert inbox.calls.count("ok") == 1
    inbox.failing = set()
    assert notify(who, store, page_url, now=NOW) == []
    assert (inbox.calls.count("ok"), inbox.calls.count("bad")) == (1, 2)
    assert notify(who, store, page_url, now=NOW) == []
    assert len(inbox.messages) == 2


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_server_that_hangs_does_not_hold_the_hook(store: Store, inbox: Inbox, kind: str) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    who = settings(inbox.url(kind, "?rto=60"), inbox.url("ok"))
    for seconds in (4, 16, 48):  # what sends may take long to start on a busy machine
        told = send_due(who, store, page_url, now=NOW, seconds=seconds)
        if told.sent:
            break
    assert told.sent == {"json:// (notify.urls, entry 2)": 1}
    (warning,) = told.warnings
    assert f"entry 1) was not notified of 1 finding: no answer within {seconds} s." in warning
    with store.reader() as reader:
        assert [row.notified for row in reader.findings.find()] == [NOW]
    first, second = targets(who).found
    sent = [len(store.notifications.sent_to(each.digest)) for each in (first, second)]
    assert sent == [0, 1]


def test_a_server_that_is_not_there_is_told_without_a_secret(store: Store) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    who = settings(f"json://qa:{SECRET}@{SECRET}.invalid/{SECRET}")
    (warning,) = notify(who, store, page_url, now=NOW)
    assert "was not reached" in warning
    assert SECRET not in warning


def test_two_runs_at_once_send_once(store: Store, inbox: Inbox, tmp_path: Path) -> None:
    builds = save(store)
    write(store, [worse(build) for build in builds[-4:]])
    together = Barrier(4)

    def run(at: int) -> list[str]:
        with opened(tmp_path) as own:
            together.wait(20)
            return notify(settings(inbox.url()), own, page_url, now=NOW + timedelta(seconds=at))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [[]] * 4
    assert inbox.titles == ["4 regressions in ci_hsc"]


def test_what_a_program_claimed_that_died_is_told_later(store: Store, inbox: Inbox) -> None:
    builds = save(store)
    keys = write(store, [worse(builds[-1])])
    who = settings(inbox.url())
    (target,) = targets(who).found
    assert store.notifications.claim(keys, target.digest, NOW) == set(keys)
    soon = NOW + timedelta(seconds=CLAIM_SECONDS - 1)
    assert notify(who, store, page_url, now=soon) == []
    assert inbox.calls == []
    late = NOW + timedelta(seconds=CLAIM_SECONDS)
    assert notify(who, store, page_url, now=late) == []
    assert len(inbox.messages) == 1
    store.notifications.release(keys, target.digest, NOW)  # of the first, whose claim expired
    store.notifications.sent(keys, target.digest, NOW, NOW)
    with store.reader() as reader:
        assert [row.notified for row in reader.findings.find()] == [late]


def test_a_claimed_finding_is_kept_and_what_is_gone_cannot_be_claimed(store: Store) -> None:
    builds = save(store)
    claimed, gone = write(store, [worse(builds[-1]), worse(builds[-2])])
    assert store.notifications.claim([claimed], "a" * 64, NOW) == {claimed}
    write(store, [], gone=[claimed, gone])
    with store.reader() as reader:
        assert [(row.key, row.withdrawn) for row in reader.findings.find()] == [(claimed, True)]
    assert store.notifications.claim([claimed, gone], "b" * 64, NOW) == set()


def test_a_locked_database_is_a_warning(store: Store, inbox: Inbox, tmp_path: Path) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    with (
        closing(sqlite3.connect(tmp_path / "squash.sqlite", isolation_level=None)) as other,
        opened(tmp_path, "?timeout=0.1") as hasty,
    ):
        other.execute("BEGIN IMMEDIATE")
        (warning,) = notify(settings(inbox.url()), hasty, page_url, now=NOW)
    assert "it stayed locked" in warning
    assert inbox.calls == []
    assert notify(settings(inbox.url()), store, page_url, now=NOW) == []
    assert len(inbox.messages) == 1


def test_urls_come_from_a_file_too(store: Store, inbox: Inbox, tmp_path: Path) -> None:
    lines = ["# who is told", "", f"{inbox.url('a')}   # the room", f"  {inbox.url('b')}"]
    (tmp_path / "urls").write_text("\n".join([*lines, "slack://a/b/c/#qa"]), encoding="utf-8")
    own = NotifySettings(urls=(SecretStr(inbox.url("a")),), urls_file=Path("urls"))
    found, faults = targets(Settings(folder=tmp_path, notify=own))
    assert faults == []
    urls = [target.url.get_secret_value() for target in found]
    assert urls == [inbox.url("a"), inbox.url("b"), "slack://a/b/c/#qa"]
    assert [target.name for target in found] == [
        "json:// (notify.urls, entry 1)",
        "json:// (urls, line 4)",
        "slack:// (urls, line 5)",
    ]


def test_a_file_that_is_missing_is_told_and_the_others_hear_the_news(
    store: Store, inbox: Inbox, tmp_path: Path
) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    who = settings(inbox.url(), urls_file=tmp_path / "none")
    (warning,) = notify(who, store, page_url, now=NOW)
    assert warning.startswith(f"notify.urls_file {tmp_path / 'none'} cannot be read: No such file")
    assert len(inbox.messages) == 1
    (tmp_path / "none").write_bytes(b"\xff\xfe\x00")
    assert "it is no UTF-8 text" in notify(who, store, page_url, now=NOW)[0]


@pytest.mark.parametrize(
    "url",
    [
        SECRET,
        f"nosuch://{SECRET}@x/{SECRET}",
        f"slack://{SECRET}",
        f"json://a:{SECRET}/b@c:notaport/{SECRET}",
        f"://{SECRET}",
        f"json://[{SECRET}",
        f"json://\ud800{SECRET}",
    ],
)
def test_nothing_of_a_wrong_url_is_shown(url: str) -> None:
    told = probe(settings(url))
    (warning,) = told.warnings or [str(told.sent)]
    assert SECRET not in warning
    assert "notify.urls, entry 1" in warning
    assert SECRET not in repr(targets(settings(url)))


def test_without_apprise_one_warning_says_how_to_get_it(
    store: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = save(store)
    write(store, [worse(builds[-1])])
    monkeypatch.setitem(sys.modules, "apprise", None)  # as when it is not installed
    (warning,) = notify(settings(inbox.url("a"), inbox.url("b")), store, page_url, now=NOW)
    assert "pip install squash-jenkins[notify]" in warning
    assert probe(settings(inbox.url())).warnings == [warning]
    assert notify(settings(), store, page_url, now=NOW) == []


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("text", "@\u200beveryone <b>loud</b> Subject: *x* got worse by 18%"),
        ("html", "&lt;b&gt;loud&lt;/b&gt;"),
        ("markdown", "\\*x\\*"),
    ],
)
def test_names_cannot_dress_up_as_markup_or_call_people(
    store: Store, inbox: Inbox, form: str, shown: str
) -> None:
    builds = save(store)
    write(store, [worse(builds[-1], METRICS[3])])
    assert notify(settings(inbox.url(query=f"?format={form}")), store, page_url, now=NOW) == []
    (message,) = inbox.messages
    assert shown in message["message"]
    assert "@everyone" not in message["message"] + message["title"]
    assert "\n" not in message["title"]


def test_a_line_is_one_line_of_limited_length() -> None:
    assert plain("a\x00b\r\nc\u2028d\u202ee \ud800", 50) == "a b c d e"
    assert plain("x" * 60, 50) == "x" * 49 + "…"
    assert plain("x@y.z @here <@here>", 50) == "x@y.z @\u200bhere <@\u200bhere>"


def test_the_command_tries_tests_and_tells(store: Store, inbox: Inbox, tmp_path: Path) -> None:
    newest = datetime.now(UTC)
    builds = save(store, newest=newest)
    write(store, [worse(builds[-1])])
    (tmp_path / "urls").write_text(f"{inbox.url()}\n", encoding="utf-8")
    (tmp_path / "squash.toml").write_text(
        'public_url = "https://qa.example/dash"\n[notify]\nurls_file = "urls"\n', encoding="utf-8"
    )

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, "-m", "squash_jenkins", *arguments]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    assert "ok   notifications: json:// (urls, line 1) is known to Apprise" in run("check").stdout
    assert inbox.calls == []
    tested = run("notify", "--test")
    assert (tested.returncode, tested.stdout) == (
        0,
        "json:// (urls, line 1): a test message sent\n",
    )
    inbox.failing = {"ok"}
    failed = run("notify")
    assert (failed.returncode, failed.stdout) == (1, "Nothing was sent.\n")
    assert "warning: json:// (urls, line 1) was not notified of 1 finding" in failed.stderr
    inbox.failing = set()
    facts = json.loads(run("notify", "--json").stdout)
    assert facts == {"sent": {"json:// (urls, line 1)": 1}, "warnings": []}
    assert inbox.titles == [
        "Test of squash-jenkins",
        "1 regression: p.AM1 got worse by 18% in ci_hsc",  # the seed has validate_drp.AM1
    ]
    assert inbox.messages[1]["message"].endswith("https://qa.example/dash/findings/00000000/")
    assert run("notify").stdout == "There is nothing new.\n"
