"""Findings are written once, follow their builds, and keep what people said of them."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from squash_jenkins.errors import SettingsError, StoreError
from squash_jenkins.models import BuildId
from squash_jenkins.models.finding import (
    BETTER,
    DRIFT,
    STEP,
    TRIAGE,
    WORSE,
    Comment,
    Finding,
    SeriesChange,
    Triage,
)
from squash_jenkins.store import Plan, open_store
from squash_jenkins.store.rows import DetectionRow
from squash_jenkins.text.growth import growth_text

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RULES = "a" * 64
AM1, PA1 = "validate_drp.AM1", "validate_drp.PA1"
NOTED = Triage("known", "ops", NOON, "the new detector", "DM-1", 9)
TARGET = "b" * 64


@pytest.fixture
def builds(store, save, record):
    """Return the keys of ten builds of one job."""
    return [save(record(number)).build_key for number in range(1, 11)]


@pytest.fixture
def job(store, builds):
    with store.reader() as reader:
        return reader.builds.jobs()[0].key


@pytest.fixture
def judge(store, job):
    """Return a way to write a plan as the one who has just read the builds."""

    def written(kept=None, new=None, gone=(), heirs=None):
        with store.reader() as reader:
            before = reader.findings.detections().get(job)
            newest = reader.revisions.by_job()[job]
        judgement = DetectionRow(job, newest, 10, RULES)
        plan = Plan(kept or {}, new or {}, gone, heirs or {})
        return store.write_findings(job, judgement, before, plan)

    return written


def moved(build, metric=AM1, **changes):
    change = SeriesChange(
        STEP,
        WORSE,
        metric,
        build,
        build - 1,
        build,
        "cfht",
        "r",
        "design",
        "marcsec",
        None,
        10.0,
        12.5,
        0.25,
        31.4,
        1e-12,
        "",
        "step at value 5",
    )
    return replace(change, **changes)


def found(build, *series, **changes):
    finding = Finding(STEP, WORSE, build, build - 1, build, series or (moved(build),))
    return replace(finding, **changes)


def all_findings(store, *args, **options):
    with store.reader() as reader:
        return reader.findings.find(*args, **options)


def changed_builds(store, revision):
    with store.reader() as reader:
        return {row.key for row in reader.revisions.changed_since(revision)}


def revision_of(store):
    with store.reader() as reader:
        return reader.revisions.newest()


def test_a_finding_comes_back_whole(store, job, builds, judge):
    series = [
        moved(builds[4], ended=builds[8]),
        moved(builds[4], PA1, kind=DRIFT, direction=BETTER, dataset=None, filter=None, level=""),
        moved(builds[4], "new.metric", before=None, after=None, strength=None, p_value=None),
    ]
    given = found(builds[4], *series, ended=builds[8])
    (row,) = judge(new={"0123abcd": given})
    assert row.finding == given
    assert (row.name, row.job, row.withdrawn, row.notified, row.triage) == (
        "0123abcd",
        job,
        False,
        None,
        None,
    )
    assert row.revision == revision_of(store)
    assert all_findings(store) == [row]


def test_the_detection_is_stored_and_its_own_changes_do_not_count(store, job, builds, judge):
    judge(new={"a1": found(builds[4])})
    with store.reader() as reader:
        judgement = reader.findings.detections()[job]
        assert judgement == DetectionRow(job, judgement.revision, 10, RULES)
        assert reader.revisions.by_job()[job] <= judgement.revision < reader.revisions.newest()


def test_findings_change_and_builds_do_not(store, builds, judge):
    before = revision_of(store)
    (row,) = judge(new={"a1": found(builds[4])})
    judge(kept={row.key: found(builds[5], ended=builds[8])})
    (changed,) = all_findings(store, since=row.revision)
    assert changed.key == row.key
    judge(gone=[row.key])
    assert changed_builds(store, before) == set()
    assert revision_of(store) > changed.revision > row.revision > before


def test_what_did_not_change_is_not_written(store, builds, judge):
    one, other = found(builds[2]), found(builds[4])
    rows = judge(new={"a1": one, "b2": other})
    keys = {row.name: row.key for row in rows}
    before = revision_of(store)
    infinite = found(builds[4], moved(builds[4], strength=math.inf))
    assert judge(kept={keys["a1"]: one, keys["b2"]: infinite}) == []
    assert [row.name for row in all_findings(store, since=before)] == ["b2"]
    before = revision_of(store)
    judge(kept={keys["a1"]: one, keys["b2"]: infinite})
    assert all_findings(store, since=before) == []
    assert changed_builds(store, before) == set()


def test_a_build_saved_meanwhile_still_needs_detection(store, save, record, job, builds):
    with store.reader() as reader:
        newest = reader.revisions.by_job()[job]
    save(record(11))
    plan = Plan({}, {"a1": found(builds[4])}, ())
    store.write_findings(job, DetectionRow(job, newest, 10, RULES), None, plan)
    with store.reader() as reader:
        assert reader.findings.detections()[job].revision == newest
        assert reader.revisions.by_job()[job] > newest


def test_who_comes_second_writes_nothing(store, job, builds, judge, dump):
    judge(new={"a1": found(builds[4])})
    before = dump()
    judgement = DetectionRow(job, 10, 10, RULES)
    plan = Plan({}, {"b2": found(builds[6])}, ())
    assert store.write_findings(job, judgement, None, plan) is None
    assert store.write_findings(job, judgement, judgement._replace(revision=1), plan) is None
    assert dump() == before


def test_a_finding_that_is_gone_meanwhile_is_not_kept(store, job, builds, judge, dump):
    judge(new={"a1": found(builds[4])})
    before = dump()
    assert judge(kept={99: found(builds[4])}) is None
    assert dump() == before


def test_of_two_at_once_one_writes(database, store, job, builds):
    together = Barrier(2)
    plan = Plan({}, {"a1": found(builds[4]), "b2": found(builds[6])}, ())

    def write(_):
        with open_store(f"sqlite:///{database}", "blobs") as own:
            together.wait(20)
            return own.write_findings(job, DetectionRow(job, 10, 10, RULES), None, plan)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(write, range(2)))
    assert sorted(rows is None for rows in results) == [False, True]
    assert len(all_findings(store)) == 2


def test_a_finding_without_triage_or_notification_is_deleted(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    judge(gone=[row.key])
    assert all_findings(store) == []
    with store.reader() as reader:
        counts = reader.counts()
    assert (counts["finding"], counts["finding_series"]) == (0, 0)


def test_a_finding_with_triage_is_withdrawn_and_comes_back(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    judge(gone=[row.key])
    (withdrawn,) = all_findings(store)
    assert (withdrawn.withdrawn, withdrawn.triage, withdrawn.key) == (True, NOTED, row.key)
    before = revision_of(store)
    judge(gone=[row.key])
    assert all_findings(store, since=before) == []
    assert changed_builds(store, before) == set()
    assert judge(kept={row.key: found(builds[4])}) == []
    (back,) = all_findings(store)
    assert (back.withdrawn, back.state, back.name) == (False, "known", "a1")
    assert changed_builds(store, before) == set()


@pytest.mark.parametrize("sent", [True, False])
def test_a_claimed_or_sent_finding_is_withdrawn(store, builds, judge, sent):
    (row,) = judge(new={"a1": found(builds[4])})
    assert store.notifications.claim({row.key}, TARGET, NOON) == {row.key}
    if sent:
        store.notifications.sent({row.key}, TARGET, NOON, NOON)
    judge(gone=[row.key])
    (left,) = all_findings(store)
    assert (left.withdrawn, left.notified) == (True, NOON if sent else None)


def test_triage_stays_when_the_build_shifts(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    judge(kept={row.key: found(builds[5], moved(builds[5]), moved(builds[5], PA1))})
    (shifted,) = all_findings(store)
    assert (shifted.name, shifted.triage, shifted.finding.build) == ("a1", NOTED, builds[5])
    assert [each.metric for each in shifted.finding.series] == [AM1, PA1]


def test_all_triage_is_stored_and_the_last_counts(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    said = [Triage("acknowledged", "qa", NOON), NOTED, Triage("open", "qa", NOON, "again")]
    for each in said:
        store.add_triage(row.key, each)
    with store.reader() as reader:
        assert reader.findings.triage(row.key) == said
        assert reader.findings.triage(row.key + 1) == []
    (now,) = all_findings(store)
    assert (now.triage, now.open) == (said[-1], True)


def test_triage_changes_a_finding_and_needs_no_detection(store, job, builds, judge):
    (row,) = judge(new={"a1": found(builds[4], ended=builds[7])})
    before = revision_of(store)
    store.add_triage(row.key, NOTED)
    assert [each.key for each in all_findings(store, since=before)] == [row.key]
    assert changed_builds(store, before) == set()
    with store.reader() as reader:
        assert reader.findings.detections()[job].revision >= reader.revisions.by_job()[job]


def test_triage_does_not_hide_a_build_without_detection(store, save, record, job, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    save(record(11))
    store.add_triage(row.key, NOTED)
    with store.reader() as reader:
        assert reader.findings.detections()[job].revision < reader.revisions.by_job()[job]


def test_invalid_triage_is_refused(store, builds, judge, dump):
    (row,) = judge(new={"a1": found(builds[4])})
    before = dump()
    with pytest.raises(ValueError, match="'done' is none of open, acknowledged"):
        store.add_triage(row.key, replace(NOTED, state="done"))
    with pytest.raises(StoreError, match="no finding with the key 77"):
        store.add_triage(77, NOTED)
    assert dump() == before


def test_a_name_that_is_taken_is_replaced(store, builds, judge):
    (first,) = judge(new={"abcd1234": found(builds[4])})
    wished = {"abcd1234": found(builds[6]), "b2": found(builds[8])}
    rows = judge(kept={first.key: found(builds[3])}, new=wished)
    assert [row.finding.build for row in rows] == [builds[8], builds[6]]
    assert rows[0].name == "b2"
    assert rows[1].name != "abcd1234"
    assert len(rows[1].name) == 8
    assert {row.name for row in all_findings(store)} == {"abcd1234", "b2", rows[1].name}


def test_the_name_of_one_that_is_deleted_is_free_at_once(store, builds, judge):
    (first,) = judge(new={"a1": found(builds[4])})
    (second,) = judge(new={"a1": found(builds[6])}, gone=[first.key])
    assert second.name == "a1"


def test_findings_are_chosen_by_job_name_and_revision(store, save, record, job, builds, judge):
    other = save(record(1, id=BuildId("ci", "other", 1))).build_key
    judge(new={"ab12": found(builds[4]), "ab34": found(builds[2]), "cd_5": found(builds[4])})
    with store.reader() as reader:
        other_job = reader.builds.get(other).job_key
        middle = reader.revisions.newest()
    store.write_findings(
        other_job,
        DetectionRow(other_job, middle, 1, RULES),
        None,
        Plan({}, {"ab99": found(other, moved(other, first=other), first=other)}, ()),
    )

    def names(*args, **options):
        return [row.name for row in all_findings(store, *args, **options)]

    assert names(job) == ["ab12", "cd_5", "ab34"]
    assert names() == ["ab12", "cd_5", "ab34", "ab99"]
    assert names(name="ab") == ["ab12", "ab34", "ab99"]
    assert names(job, name="AB3") == ["ab34"]
    assert names(name="b") == []
    assert names(name="c_") == []
    assert names(since=middle) == ["ab99"]


def test_hundreds_of_findings_with_thousands_of_series_are_few_statements(
    store, job, builds, judge
):
    statements = []
    sa.event.listen(
        store._engine, "before_cursor_execute", lambda *event: statements.append(event[2])
    )
    names = [f"p.m{number}" for number in range(1200)]
    series = {at: [moved(builds[5], name) for name in names[at::400]] for at in range(400)}
    rows = judge(new={f"{at:08x}": found(builds[5], *each) for at, each in series.items()})
    assert len(rows) == 400
    assert sum(len(row.finding.series) for row in rows) == 1200
    kept = {row.key: replace(row.finding, direction=BETTER) for row in rows}
    judge(kept=kept)
    judge(gone=list(kept))
    assert len(statements) < 100
    assert all_findings(store) == []


@pytest.mark.parametrize("state", [state for state in TRIAGE if state != "open"])
def test_triage_does_not_silence_series_that_join(store, builds, judge, state):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, replace(NOTED, state=state, fixed_in=None))
    joined = [moved(builds[4], PA1, after=12.4), moved(builds[4], "p.new"), moved(builds[4])]
    judge(kept={row.key: found(builds[4], *joined)})
    (grown,) = all_findings(store)
    assert (grown.state, grown.open, grown.triage.state) == ("open", True, state)
    text = growth_text(grown.growth, state)
    assert text.startswith("grew since ") and text.endswith(": +2 series, now 24%")
    assert grown.is_news([builds[9]]), "noticed in the newest build, though it began earlier"
    assert not grown.is_news([builds[8]])


def test_triage_does_not_silence_a_larger_effect(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    judge(kept={row.key: found(builds[4], moved(builds[4], after=13.7))})
    (same,) = all_findings(store)
    assert (same.state, same.growth) == ("known", None)
    judge(kept={row.key: found(builds[4], moved(builds[4], after=13.8))})
    (grown,) = all_findings(store)
    assert grown.open
    text = growth_text(grown.growth, "known")
    assert text == "grew since marked as expected: now 38%, was 25%"


def test_improved_ended_and_lost_series_do_not_reopen_a_finding(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4], moved(builds[4]), moved(builds[4], "p.gone"))})
    store.add_triage(row.key, NOTED)
    better = moved(builds[4], PA1, direction=BETTER, after=1.0)
    over = moved(builds[4], "p.over", ended=builds[6])
    judge(kept={row.key: found(builds[5], moved(builds[5]), better, over)})
    (same,) = all_findings(store)
    assert (same.state, same.growth) == ("known", None)


def test_new_triage_covers_what_a_finding_grew_to(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    larger = found(builds[4], moved(builds[4]), moved(builds[4], PA1))
    judge(kept={row.key: larger})
    store.add_triage(row.key, NOTED)
    judge(kept={row.key: replace(larger, first=builds[2])})
    (same,) = all_findings(store)
    assert (same.state, same.growth) == ("known", None)


def test_what_shrinks_to_what_its_triage_covers_is_silent_again(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    judge(kept={row.key: found(builds[4], moved(builds[4]), moved(builds[4], PA1))})
    judge(kept={row.key: found(builds[4])})
    (same,) = all_findings(store)
    assert (same.state, same.growth) == ("known", None)


def former(store, name=None):
    with store.reader() as reader:
        return {each.name: each.successor for each in reader.findings.former(name)}


def test_the_name_of_a_finding_that_is_gone_leads_to_its_successor(store, job, builds, judge):
    rows = judge(new={"a1": found(builds[2]), "b2": found(builds[4]), "c3": found(builds[6])})
    keys = {row.name: row.key for row in rows}
    heirs = {keys["a1"]: keys["c3"], keys["b2"]: "d4"}
    kept, new = {keys["c3"]: found(builds[6])}, {"d4": found(builds[5])}
    judge(kept, new, [keys["a1"], keys["b2"]], heirs)
    assert former(store) == {"a1": "c3", "b2": "d4"}
    with store.reader() as reader:
        (one,) = reader.findings.former("A1")
    assert (one.job, one.headline, one.number) == (job, "AM1 design got worse by 25%", 3)
    key = {row.name: row.key for row in all_findings(store)}["d4"]
    judge(kept, gone=[key])
    assert former(store) == {"a1": "c3", "b2": "d4", "d4": None}


def test_a_finding_that_comes_back_has_its_address_again(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    judge(gone=[row.key])
    assert former(store) == {"a1": None}
    (again,) = judge(new={"a1": found(builds[4])})
    assert (again.name, former(store)) == ("a1", {})
    store.add_triage(again.key, NOTED)
    judge(gone=[again.key])
    assert former(store) == {"a1": None}
    judge(kept={again.key: found(builds[4])})
    assert former(store) == {}


def test_the_names_of_the_newest_former_findings_are_stored(store, builds, judge):
    for start in (0, 300):
        rows = judge(new={f"{at:08x}": found(builds[4]) for at in range(start, start + 300)})
        judge(gone=[row.key for row in sorted(rows, key=lambda row: row.name)])
    assert list(former(store)) == [f"{at:08x}" for at in range(100, 600)]


def test_triage_is_undone_and_what_was_before_counts_again(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    first, second = NOTED, replace(NOTED, state="muted", fixed_in=None, assignee="ada")
    for said in (first, second):
        store.add_triage(row.key, said)
    later = NOON + timedelta(hours=1)
    store.undo_triage(row.key, "qa", later)
    (now,) = all_findings(store)
    assert (now.state, now.triage) == ("known", first)
    with store.reader() as reader:
        undone = replace(second, undone=later, undone_by="qa")
        assert reader.findings.triage(row.key) == [first, undone]
    store.undo_triage(row.key, "qa", later)
    assert all_findings(store)[0].open
    with pytest.raises(SettingsError, match="nothing to undo"):
        store.undo_triage(row.key, "qa", later)


def test_undone_triage_leaves_what_the_one_before_covers(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    store.add_triage(row.key, NOTED)
    judge(kept={row.key: found(builds[4], moved(builds[4]), moved(builds[4], PA1))})
    store.add_triage(row.key, NOTED)
    assert all_findings(store)[0].state == "known"
    store.undo_triage(row.key, "qa", NOON)
    (now,) = all_findings(store)
    assert now.open, "the first triage did not cover the series that joined"


def test_comments_are_stored_in_order_and_deleted_one_by_one(store, builds, judge):
    (row,) = judge(new={"a1": found(builds[4])})
    before = revision_of(store)
    keys = [store.add_comment(row.key, "qa", NOON, note) for note in ("one", "two\nlines")]
    assert [each.key for each in all_findings(store, since=before)] == [row.key]
    with store.reader() as reader:
        said = reader.findings.comments(row.key)
    assert said == [Comment(keys[0], "qa", NOON, "one"), Comment(keys[1], "qa", NOON, "two\nlines")]
    judge(gone=[row.key])
    assert all_findings(store)[0].withdrawn, "what people wrote is not lost"
    store.delete_comment(row.key, keys[0])
    with store.reader() as reader:
        assert reader.findings.comments(row.key) == said[1:]
    with pytest.raises(StoreError, match="no comment"):
        store.delete_comment(row.key, keys[0])
    with pytest.raises(StoreError, match="no finding"):
        store.add_comment(77, "qa", NOON, "x")
