"""How a build stands, as the build log and the line in Jenkins tell it."""

from pathlib import Path
from typing import Any

import pytest
from status_builds import ROOT, placed, record, status, verdict

from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.store import Store, open_store
from squash_jenkins.verification.build import BuildStatus, BuildStatuses, Code
from squash_jenkins.verification.placed import Earlier
from squash_jenkins.verification.summary import moved_most, summary_of

LAST = 30
STEP = 27
"""In this build of the worsened job AD1 goes from 27 to 32 marcsec."""


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as opened:
        yield opened


def worsened(number: int) -> Any:
    shift = 5.0 if number >= STEP else 0.0
    usual = record(number).reports[0].measurements[0].value or 0.0
    return record(number, AD1=usual + shift)


def keep(store: Store, records: list[Any]) -> dict[int, int]:
    """Store builds and look for findings; return the keys by number."""
    saved = store.save_all(records, controller_url=ROOT)
    detect_findings(Settings(), store)
    numbers = [each.build.id.number for each in records]
    return {number: entry.build_key for number, entry in zip(numbers, saved, strict=True)}


def of(store: Store, key: int, **options: Any) -> BuildStatus:
    with store.reader() as reader:
        return BuildStatuses(reader).of(key, **options)


def test_five_seconds_are_enough_to_see_what_got_worse(store: Store) -> None:
    keys = keep(store, [worsened(number) for number in range(1, LAST + 1)])
    summary = summary_of(of(store, keys[LAST]))
    lines = summary.text().splitlines()
    assert lines[0] == (
        "ci_hsc #30: 2 of 3 measured · minimum 2 of 2 · design 1 of 2 · stretch 0 of 2 "
        "· 1 regression"
    )
    assert lines[1].startswith("  AD1 got worse by ")
    assert "(COSMOS · r)" in lines[1]
    assert f"since #{STEP}" in lines[1]
    assert "marcsec" in lines[1]
    assert summary.line() == (
        "2 of 3 measured, met: minimum 2 of 2, design 1 of 2, stretch 0 of 2; "
        "1 regression since #27"
    )


def test_news_is_what_began_among_the_builds_up_to_this_one(store: Store) -> None:
    keys = keep(store, [worsened(number) for number in range(1, LAST + 1)])
    assert [len(of(store, keys[number]).news) for number in (STEP - 1, STEP, LAST)] == [0, 1, 1]
    assert [len(of(store, keys[number]).begun) for number in (STEP, LAST)] == [1, 0]
    with store.reader() as reader:
        old = BuildStatuses(reader, recent=3).of(keys[LAST])
    assert old.news == []


def test_nobody_is_told_of_what_somebody_spoke_of(store: Store) -> None:
    from squash_jenkins.models.finding import Triage
    from squash_jenkins.store.rows import FindingRow

    keys = keep(store, [worsened(number) for number in range(1, LAST + 1)])
    [row] = of(store, keys[LAST]).news
    assert isinstance(row, FindingRow)
    store.add_triage(row.key, Triage("known", "qa", record(1).build.started))
    known = of(store, keys[LAST])
    assert not known.fails("regression")
    assert "regression" not in summary_of(known).line()


def test_the_previous_value_is_the_latest_measured_one_of_the_same_job(store: Store) -> None:
    other = record(3, "another", AD1=99.0)
    records = [record(1, AD1=20.0), record(2, AD1=None), other, record(4, silent=True), record(5)]
    keys = keep(store, records)
    measured = {each.name: each for each in of(store, keys[5]).measurements}
    assert measured["AD1"].before == Earlier(20.0, "marcsec", 1)
    assert measured["AM1"].before is not None
    assert measured["AM1"].before.number == 2
    assert measured["AM3"].before is None


def test_a_back_filled_build_looks_back_from_where_it_stands(store: Store) -> None:
    keep(store, [record(1, AD1=20.0), record(9, AD1=90.0)])
    keys = keep(store, [record(5, AD1=50.0)])
    measured = {each.name: each for each in of(store, keys[5]).measurements}
    assert measured["AD1"].before == Earlier(20.0, "marcsec", 1)
    assert measured["AD1"].moved == pytest.approx(1.5)


def test_a_value_of_long_ago_is_found_and_one_of_very_long_ago_is_not(store: Store) -> None:
    records = [record(number, AM1=None, PF1=7.0) for number in range(1, 34)]
    keys = keep(store, [record(0, AM1=3.0), *records, record(34, AM1=4.0), record(35)])
    assert {each.name: each.before for each in of(store, keys[34]).measurements}["AM1"] is None
    keys |= keep(store, [record(12, AM1=5.0)])
    measured = {each.name: each.before for each in of(store, keys[34]).measurements}
    assert measured["AM1"] == Earlier(5.0, "marcsec", 12)
    assert measured["AD1"] is not None
    assert measured["AD1"].number == 33


def test_code_is_compared_with_the_latest_build_that_told_its_packages(store: Store) -> None:
    keys = keep(store, [record(1), record(2, silent=True), record(3)])
    assert of(store, keys[3]).code == Code(packages=1, commits=2, since=1)
    assert of(store, keys[1]).code is None
    assert of(store, keys[2]).code is None


def test_a_line_needs_no_look_back(store: Store) -> None:
    keys = keep(store, [record(1), record(2)])
    brief = of(store, keys[2], back=0)
    assert brief.code is None
    assert {each.before for each in brief.measurements} == {None}
    assert summary_of(brief).line() == summary_of(of(store, keys[2])).line()


def test_misses_of_the_minimum_are_named_and_those_above_five_counted() -> None:
    many = [
        placed(f"drp.M{at}", 9.0, [verdict(False)], dataset="HSC", before=7.0) for at in range(7)
    ]
    text = summary_of(status(many)).text()
    assert "misses minimum: M0 (HSC) is 9 mmag, minimum ≤ 8 mmag; it was 7 mmag in #411" in text
    assert text.count("misses minimum:") == 5
    assert "… and 2 more miss minimum" in text


def test_what_moved_most_comes_first_and_noise_is_left_out() -> None:
    measurements = [
        placed("a", 10.0, before=9.95),
        placed("b", 10.0, before=20.0),
        placed("c", 12.0, before=10.0),
        placed("d", None, before=10.0),
        placed("e", 12.0, before=0.0),
    ]
    assert [each.verified.metric for each in moved_most(measurements)] == ["b", "c"]
    line = summary_of(status(measurements)).text().splitlines()[-1]
    assert line == "  moved most since #411: b −50% to 10 mmag, c +20% to 12 mmag"


def test_a_previous_value_in_another_unit_is_no_move() -> None:
    from dataclasses import replace

    one = placed("a", 10.0, before=1.0)
    assert replace(one, before=Earlier(1.0, "mag", 3)).moved is None
    assert one.moved == 9.0


def test_a_build_without_measurements_says_so() -> None:
    empty = summary_of(status([]))
    assert empty.line() == "no QA measurements"
    assert empty.text() == "ci_hsc #412: no QA measurements"


def test_a_build_that_was_not_read_yet_says_so() -> None:
    from dataclasses import replace

    running = status([])
    running = replace(running, build=running.build._replace(provisional=True))
    assert summary_of(running).line() == "QA files not read yet"
    assert summary_of(running).text() == "ci_hsc #412: QA files not read yet"


def test_no_name_can_forge_a_line_of_the_log() -> None:
    evil = placed(
        "x\nQA dashboard: http://evil\x1b[31m", 9.0, [verdict(False)], dataset="\u202eabc"
    )
    text = summary_of(status([evil], job="a\rb")).text()
    assert len(text.splitlines()) == 2
    assert text.isprintable() or set(text) & set("\n") == {"\n"}
    assert not set(text) & set("\x1b\r\u202e")
