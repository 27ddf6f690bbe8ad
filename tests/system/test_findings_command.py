"""Findings and code changes at a terminal: listed, shown, spoken of."""

import getpass
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from squash_jenkins.commands import group
from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Change,
    Measurement,
    Metric,
    Package,
    Report,
)
from squash_jenkins.store import Store, open_store

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
ADDRESS = "git@github.com:ops/{}.git"


def record(number: int, value: float, job: str = "ci_cfht") -> BuildRecord:
    """Return a build; 18 failed, 17 is left out, a package came in with 19."""
    commits = [Change("c" * 40, "qa", "Widen\x1b[2J the match")] if number == 19 else []
    result = "FAILURE" if number == 18 else "SUCCESS"
    started = START + timedelta(days=number)
    build = Build(BuildId("lab", job, number), started, 60.0, result, changes=commits)
    if number == 18:
        return BuildRecord(build)
    after = number >= 19
    packages = [
        Package(
            "afw", "1.1" if after else "1.0", ("b" if after else "a") * 40, ADDRESS.format("afw")
        ),
        Package("base", "2.0", "d" * 40, ADDRESS.format("base")),
    ]
    report = Report(
        "qa.json",
        "plain",
        f"{number:064x}",
        100,
        "cosmos",
        "r",
        measurements=[Measurement("p.AD1", value + 0.01 * (number * 7 % 5), "marcsec")],
        metrics=[Metric("p.AD1", "marcsec", operator="<=")],
        packages=packages,
    )
    return BuildRecord(build, [report])


def opened(lab: Any) -> Store:
    return open_store(f"sqlite:///{lab.folder / 'squash.sqlite'}", str(lab.folder / "blobs"))


@pytest.fixture
def judged(lab: Any) -> Any:
    """Return a lab where AD1 got worse with build 19 of one job, and better in another."""
    numbers = [number for number in range(1, 31) if number != 17]
    with opened(lab) as store:
        for job, after in (("ci_cfht", 15.0), ("folder/ci_hsc", 6.0)):
            records = [record(n, 10.0 if n < 19 else after, job) for n in numbers]
            store.save_all(records, controller_url=lab.jenkins.url)
        detect_findings(Settings(), store)
    return lab


def call(lab: Any, *arguments: str, status: int = 0) -> str:
    """Run the command in this process, which is faster; return what it printed."""
    called = ["--settings", str(lab.folder / "squash.toml"), *arguments]
    done = CliRunner().invoke(group, called, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    assert (done.return_value or 0) == status
    return done.output


def facts_of(lab: Any, *arguments: str) -> Any:
    return json.loads(call(lab, *arguments, "--json"))


def listed(lab: Any, *options: str) -> list[Any]:
    return [each["job"] for each in facts_of(lab, "findings", "list", *options)]


def worse(lab: Any) -> Any:
    """Return the finding that is worse."""
    [found] = facts_of(lab, "findings", "list", "--only", "worse")
    return found


def test_findings_are_listed_newest_first_and_chosen(judged: Any) -> None:
    with opened(judged) as store:
        records = [record(n, 10.0 if n < 25 else 15.0, "late") for n in range(20, 35)]
        store.save_all(records, controller_url=judged.jenkins.url)
        detect_findings(Settings(), store)
    told = judged.run("findings", "list").stdout.splitlines()
    heads = [line[14:] for line in told if not line.startswith(" ")]
    assert heads[0] == "worse, open  late #25  26 Mar 2026"
    assert sorted(heads[1:]) == [
        "better, open  folder/ci_hsc #19  20 Mar 2026",
        "worse, open  ci_cfht #19  20 Mar 2026",
    ]
    assert "  AD1 got worse by 50% (cosmos · r)" in told
    assert max(map(len, told)) <= 100
    [found] = facts_of(judged, "findings", "list", "--only", "better")
    assert (found["job"], found["build"], found["direction"]) == ("folder/ci_hsc", 19, "better")
    assert found["url"] == f"https://qa.example.org/dash/findings/{found['name']}/"
    assert listed(judged, "--job", "folder/*", "--since-build", "19") == ["folder/ci_hsc"]
    assert listed(judged, "--since-build", "20") == ["late"]
    assert listed(judged, "--news") == ["late"]  # it alone began among the ten newest builds


def test_the_exit_code_tells_scripts_what_is_worse_and_open(judged: Any) -> None:
    judged.run("findings", "list", "--fail", check=3)
    call(judged, "findings", "list")
    call(judged, "findings", "list", "--fail", "--job", "folder/*")
    call(judged, "findings", "acknowledge", worse(judged)["name"], "--as", "known")
    call(judged, "findings", "list", "--fail", "--all")
    fault = judged.run("findings", "list", "--fail", "--job", "x*", check=2).stderr
    assert "No stored job matches 'x*'" in fault


def test_show_tells_everything_of_a_finding(judged: Any) -> None:
    found = worse(judged)
    told = judged.run("findings", "show", found["name"][:4]).stdout
    assert told.startswith("AD1 got worse by 50% (cosmos · r)\n")
    for words in (
        f"ci_cfht, finding {found['name']}: worse, open",
        "Last good build: #16. Between: #18 FAILURE. Not stored: #17.",
        "afw 1.0 → 1.1",
        f"https://github.com/ops/afw/compare/{'a' * 40}...{'b' * 40}",
        "standard errors",
        f"Page: {found['url']}",
    ):
        assert words in " ".join(told.split())
    assert "\x1b" not in told
    facts = facts_of(judged, "findings", "show", found["name"])
    assert (facts["last_good"], facts["missing"]) == (16, [[17, 17]])
    assert facts["between"] == [{"number": 18, "result": "FAILURE"}]
    assert {each["name"] for each in facts["suspects"]} == {"afw", "c" * 8}
    assert facts["code"]["compared"] == [16, 19]
    assert facts["series"][0]["metric"] == "p.AD1"


def test_what_people_say_is_kept_and_shown_on_the_page(judged: Any) -> None:
    found = worse(judged)
    [other] = facts_of(judged, "findings", "list", "--only", "better")
    said = ("--note", "New\x1b[2J catalogue", "--ticket", "DM-123", "--who", "qa")
    judged.run("findings", "acknowledge", found["name"], other["name"][:5], *said)
    call(judged, "findings", "acknowledge", found["name"], "--fixed-in", "31", "--who", "ops")
    assert listed(judged) == []
    assert listed(judged, "--state", "fixed") == ["ci_cfht"]
    assert listed(judged, "--state", "acknowledged") == ["folder/ci_hsc"]
    facts = facts_of(judged, "findings", "show", found["name"])
    assert [(each["who"], each["state"], each["fixed_in"]) for each in facts["log"]] == [
        ("qa", "acknowledged", None),
        ("ops", "fixed", 31),
    ]
    told = call(judged, "findings", "show", found["name"])
    assert "UTC qa: acknowledged (DM-123): New [2J catalogue" in told
    assert "UTC ops: fixed in #31" in told
    page = judged.folder / "site" / "findings" / found["name"] / "index.html"
    assert "DM-123" in page.read_text()
    call(judged, "findings", "acknowledge", found["name"], "--as", "open")
    log = facts_of(judged, "findings", "show", found["name"])["log"]
    assert (log[-1]["state"], log[-1]["who"]) == ("open", getpass.getuser())
    assert listed(judged) == ["ci_cfht"]


def test_triage_is_undone_and_comments_are_written(judged: Any) -> None:
    name = worse(judged)["name"]
    call(judged, "findings", "acknowledge", name, "--assignee", "ada", "--who", "qa")
    call(judged, "findings", "comment", name, "It is the mirror.", "--who", "eve")
    told = call(judged, "findings", "show", name)
    assert "UTC qa: acknowledged, assigned to ada" in told
    assert "UTC eve: It is the mirror." in told
    assert "taken back" in call(judged, "findings", "acknowledge", name, "--undo", "--who", "bob")
    facts = facts_of(judged, "findings", "show", name)
    assert (facts["state"], facts["log"][0]["undone_by"]) == ("open", "bob")
    assert [each["note"] for each in facts["comments"]] == ["It is the mirror."]
    page = judged.folder / "site" / "findings" / name / "index.html"
    assert "undone by bob" in page.read_text()


def test_a_wrong_call_says_nothing_of_any_finding(judged: Any) -> None:
    name = worse(judged)["name"]
    for options, fault in (
        (("ffffffffffff0",), "No finding's name begins with 'ffffffffffff0'"),
        (("",), "No finding's name begins with ''"),
        ((name, "--undo", "--note", "x"), "--undo goes with no other statement"),
        ((name, "--undo"), "there is nothing to undo"),
        ((name, "zz"), "No finding's name begins with 'zz'"),
        ((name, "--ticket", "javascript:alert(1)"), "is not a ticket"),
        ((name, "--ticket", "http://"), "is not a ticket"),
        ((name, "--ticket", "http://[x"), "is not a ticket"),
        ((name, "--ticket", "https://ops:secret@tracker.example.org/1"), "is not a ticket"),
        ((name, "--as", "known", "--fixed-in", "3"), "--fixed-in requires --as fixed"),
        ((name, "--who", " "), "Add --who"),
    ):
        with pytest.raises(SettingsError, match=re.escape(fault)):
            call(judged, "findings", "acknowledge", *options)
    assert judged.rows("select count(*) from triage") == [(0,)]


def test_the_beginning_of_several_names_is_ambiguous(judged: Any) -> None:
    keys = judged.rows("select id from finding order by id")
    with opened(judged) as store, store._engine.begin() as connection:
        for name, (key,) in zip(("abc1", "abc2"), keys, strict=True):
            connection.exec_driver_sql("update finding set name = ? where id = ?", (name, key))
    told = judged.run("findings", "show", "ABC", check=2).stderr
    assert "'ABC' is the beginning of several names: abc1, abc2." in told
    assert facts_of(judged, "findings", "show", "abc2")["name"] == "abc2"


def test_a_withdrawn_finding_can_still_be_shown(judged: Any) -> None:
    name = worse(judged)["name"]
    call(judged, "findings", "acknowledge", name, "--as", "known", "--who", "ops")
    with opened(judged) as store:  # the builds come anew, without the step
        numbers = [number for number in range(1, 31) if number != 17]
        records = [record(number, 10.0) for number in numbers]
        store.save_all(records, controller_url=judged.jenkins.url)
        detect_findings(Settings(), store)
    assert listed(judged) == ["folder/ci_hsc"]
    [found] = facts_of(judged, "findings", "list", "--state", "withdrawn")
    assert (found["name"], found["withdrawn"], found["open"]) == (name, True, False)
    told = call(judged, "findings", "show", name)
    assert "worse, withdrawn" in told
    assert "Later builds no longer show it" in told


def test_changes_between_two_builds(judged: Any) -> None:
    told = judged.run("changes", "--job", "ci_cfht", "--from", "16", "--to", "19").stdout
    assert told.splitlines()[0] == "ci_cfht from #16 to #19"
    assert "updated  afw  1.0 → 1.1" in told
    assert "#19 cccccccc qa: Widen [2J the match" in told
    back = call(judged, "changes", "--job", "ci_cfht", "--from", "19", "--to", "16")
    assert "updated  afw  1.1 → 1.0" in back
    assert "Commits undone" in back
    newest = facts_of(judged, "changes", "--job", "ci_cfht")
    assert (newest["after"], newest["until"], newest["packages"]) == (29, 30, [])
    first = facts_of(judged, "changes", "--job", "ci_cfht", "--to", "1")
    assert (first["after"], first["packages"]) == (None, None)
    silent = call(judged, "changes", "--job", "ci_cfht", "--to", "18")
    assert "Packages: unknown. #18 does not report the packages." in silent
    missing = judged.run("changes", "--job", "ci_cfht", "--to", "17", check=2).stderr
    assert "ci_cfht #17 is not stored" in missing
    with pytest.raises(SettingsError, match="No build of 'ci' is stored"):
        call(judged, "changes", "--job", "ci")


def test_a_job_of_several_servers_has_to_be_told_by_its_server(judged: Any) -> None:
    other = record(1, 10.0)
    build = replace(other.build, id=BuildId("second", "ci_cfht", 1))
    with opened(judged) as store:
        store.save_all([replace(other, build=build)], controller_url="http://two.example/")
    with pytest.raises(SettingsError, match="add --controller, one of lab, second"):
        call(judged, "changes", "--job", "ci_cfht")
    told = facts_of(judged, "changes", "--job", "ci_cfht", "--controller", "second")
    assert (told["controller"], told["until"]) == ("second", 1)
