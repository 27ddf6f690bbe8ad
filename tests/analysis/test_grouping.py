"""Which changes make one finding, when it is over, and how it is known again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.analysis.series.grouping import group
from squash_jenkins.analysis.series.joining import join
from squash_jenkins.analysis.series.matching import match, successor
from squash_jenkins.analysis.series.series import HALF, due, windows
from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    BETTER,
    DRIFT,
    NEUTRAL,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    SeriesChange,
)


def step(metric, build, before=10.0, after=13.0, direction=WORSE, reach=0, strength=9.0):
    return SeriesChange(
        STEP,
        direction,
        metric,
        build,
        build - reach,
        build + reach,
        before=before,
        after=after,
        sigma=0.5,
        strength=strength,
        p_value=1e-9,
    )


def test_series_that_moved_at_one_build_are_one_finding():
    changes = [step(f"p.M{number}", 40, strength=number) for number in range(20)]
    (finding,) = group(changes)
    assert finding.build == 40
    assert len(finding.series) == 20
    assert finding.series[0].metric == "p.M19"
    assert finding.direction == WORSE


def test_uncertain_builds_join_the_sure_one_they_reach():
    sure, near, far = step("p.A", 40), step("p.B", 42, reach=3), step("p.C", 46, reach=3)
    findings = group([far, near, sure])
    assert [{each.metric for each in finding.series} for finding in findings] == [
        {"p.A", "p.B"},
        {"p.C"},
    ]
    assert (findings[0].build, findings[0].first, findings[0].last) == (40, 40, 40)


def test_what_got_worse_leads_and_names_the_finding():
    better = step("p.A", 40, 13, 10, BETTER, strength=50)
    (finding,) = group([better, step("p.B", 40, strength=5)])
    assert finding.direction == WORSE
    assert finding.series[0].metric == "p.B"


def test_steps_drifts_and_metrics_that_vanish_are_findings_of_their_own():
    drift = replace(step("p.D", 30), kind=DRIFT, first=30, last=60)
    gone = SeriesChange(VANISHED, WORSE, "p.G", 40, 39, 40, before=4.0)
    left = SeriesChange(OUT_OF, WORSE, "p.A", 40, 40, 40, specification="minimum ≤ 12")
    findings = group([step("p.A", 40), drift, gone, left])
    assert [finding.kind for finding in findings] == [DRIFT, STEP, VANISHED]
    assert [each.kind for each in findings[1].series] == [STEP, OUT_OF]


def test_drifts_over_much_the_same_builds_are_one():
    def drift(metric, first, last):
        return replace(step(metric, first), kind=DRIFT, first=first, last=last)

    strong = replace(drift("p.A", 30, 90), strength=20.0)
    findings = group([drift("p.B", 35, 80), strong, drift("p.C", 80, 140)])
    assert [len(finding.series) for finding in findings] == [2, 1]
    assert (findings[0].build, findings[0].first, findings[0].last) == (30, 30, 90)
    assert findings[0].series[0].metric == "p.A"


@pytest.mark.parametrize(
    ("later", "ended"),
    [
        (step("p.A", 60, 13, 10, BETTER), 60),
        (step("p.A", 60, 13, 11, BETTER), 60),
        (step("p.A", 60, 13, 5, BETTER), 60),
        (step("p.A", 60, 13, 12.5, BETTER), None),
        (step("p.A", 60, 13, 16), None),
        (step("p.B", 60, 13, 10, BETTER), None),
        (replace(step("p.A", 60, 13, 10, BETTER), kind=DRIFT, last=80), 60),
    ],
)
def test_a_step_is_over_when_most_of_it_is_taken_back(later, ended):
    finding = group([step("p.A", 40), later])[0]
    assert finding.ended == ended


def test_a_finding_is_over_when_all_that_got_worse_is():
    changes = [step("p.A", 40), step("p.B", 40), step("p.A", 60, 13, 10, BETTER)]
    assert group(changes)[0].ended is None
    assert group([*changes, step("p.B", 70, 13, 10, BETTER)])[0].ended == 70


def test_a_finding_is_over_when_the_metric_is_back():
    gone = SeriesChange(VANISHED, WORSE, "p.G", 40, 39, 40, before=4.0)
    back = SeriesChange(APPEARED, BETTER, "p.G", 50, 50, 50)
    left = SeriesChange(OUT_OF, WORSE, "p.A", 40, 40, 40, specification="minimum ≤ 12 mmag")
    within = SeriesChange(BACK_WITHIN, BETTER, "p.A", 70, 70, 70, specification="design ≤ 9 mmag")
    other = replace(within, build=60, first=60, last=60, specification="user ≤ 9 mmag")
    ends = {finding.kind: finding.ended for finding in group([gone, back, left, within, other])}
    assert ends == {VANISHED: 50, APPEARED: None, OUT_OF: 70, BACK_WITHIN: None}


def test_a_finding_whose_build_shifts_is_the_same():
    (old,) = group([step("p.A", 40, reach=1), step("p.B", 40)])
    new = group([step("p.A", 41), step("p.B", 41), step("p.C", 41), step("p.A", 70)])
    matched = match({7: old}, new)
    assert {key: finding.build for key, finding in matched.kept.items()} == {7: 41}
    assert [finding.build for finding in matched.new] == [70]
    assert matched.gone == []


def test_a_finding_whose_begin_wanders_is_the_same_unless_another_is_nearer():
    (old,) = group([step("p.A", 40)])
    assert match({7: old}, group([step("p.A", 43)])).gone == []
    matched = match({7: old}, group([step("p.A", 40), step("p.A", 43)]))
    assert [matched.kept[7].build, *(each.build for each in matched.new)] == [40, 43]
    known = dict(enumerate(group([step("p.A", 40), step("p.A", 43)])))
    left = match(known, group([step("p.A", 43)]))
    assert (list(left.kept), left.gone) == ([1], [0])


def test_what_is_gone_is_succeeded_by_what_shows_most_of_its_series():
    (gone,) = group([step("p.A", 40), step("p.B", 40)])
    (far,) = group([step("p.A", 90), step("p.B", 90)])
    (one,) = group([step("p.A", 41, 13, 10, BETTER)])
    (both,) = group([step("p.A", 55), step("p.B", 55), step("p.C", 55)])
    (other,) = group([step("p.C", 40)])
    assert successor(gone, [one, far, both, other]) is both
    assert successor(gone, [one, far, other]) is one
    assert successor(gone, [far, other]) is None


def test_another_direction_another_series_or_a_far_build_is_another_finding():
    (old,) = group([step("p.A", 40)])
    for other in (step("p.A", 40, 13, 10, BETTER), step("p.B", 40), step("p.A", 47)):
        matched = match({7: old}, group([other]))
        assert (matched.kept, matched.gone) == ({}, [7])


def test_of_two_known_ones_the_one_with_more_in_common_is_kept():
    old = group([step("p.A", 40), step("p.B", 42), step("p.C", 42)])
    matched = match(dict(enumerate(old)), group([step(f"p.{name}", 41) for name in "ABC"]))
    assert matched.gone == [0]
    assert list(matched.kept) == [1]


def test_neutral_changes_are_over_like_others():
    (finding, _) = group(
        [step("p.A", 40, direction=NEUTRAL), step("p.A", 60, 13, 10, direction=NEUTRAL)]
    )
    assert (finding.direction, finding.ended) == (NEUTRAL, 60)


@given(builds=st.integers(0, 5000))
def test_windows_share_all_builds_among_them(builds):
    found = windows(builds)
    places = [place for window in found for place in range(window.low, window.high)]
    assert places == list(range(builds))
    assert all(window.start <= window.low and window.high <= window.end for window in found)
    for window in found[1:]:
        assert window.low - window.start == HALF // 2
    assert found[-1].end == builds


@given(before=st.integers(0, 3000), new=st.integers(1, 900), back=st.integers(0, 500))
def test_windows_that_look_different_are_due(before, new, back):
    """Whatever window is not due has the same builds and counts the same places as before."""
    after, place = before + new, max(0, before - back)
    stay = [each for each in windows(after) if each not in due(after, before, place)]
    assert all(each in windows(before) and each.end <= place for each in stay)


def test_a_change_near_the_place_where_windows_meet_is_told_once():
    first, second = windows(4 * HALF)[:2]
    at = second.low
    for one, other in ((at - 1, at + 1), (at + 1, at - 1), (at, at)):
        a, b = step("p.A", one, reach=1), step("p.A", other, reach=1)
        joined = join(join([], [a], first), [b], second)
        assert len(joined) == 1, (one, other)
    assert len(join(join([], [step("p.A", at - 9)], first), [step("p.A", at + 9)], second)) == 2


def test_a_drift_that_two_windows_see_a_part_of_is_one():
    first, second = windows(4 * HALF)[:2]
    begin = replace(step("p.A", 100, 10, 14), kind=DRIFT, first=100, last=first.end - 1)
    end = replace(step("p.A", second.start, 12, 16), kind=DRIFT, first=second.start, last=700)
    (drift,) = join(join([], [begin], first), [end], second)
    assert (drift.build, drift.first, drift.last) == (100, 100, 700)
    assert (drift.before, drift.after) == (10, 16)
