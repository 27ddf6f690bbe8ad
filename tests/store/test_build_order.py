"""Order the builds of jobs that were made anew, and of controllers with wrong clocks."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.store.build_order import in_order, lives, moments

START = datetime(2026, 3, 1, tzinfo=UTC)
FAR = datetime(2038, 1, 19, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, 1, tzinfo=UTC)


class One(NamedTuple):
    number: int
    started: datetime


def day(number: int, days: float | None = None) -> One:
    return One(number, START + timedelta(days=number if days is None else days))


def daily(first: int, last: int) -> list[One]:
    return [day(number) for number in range(first, last + 1)]


def numbers(builds: list[One]) -> list[int]:
    return [build.number for build in builds]


@pytest.mark.parametrize("wrong", [FAR, LONG_AGO, START + timedelta(days=40)])
@pytest.mark.parametrize("which", [1, 2, 30, 59, 60])
def test_a_wrong_clock_changes_neither_order_nor_life(which: int, wrong: datetime) -> None:
    builds = [One(n, wrong) if n == which else day(n) for n in range(1, 61)]
    assert numbers(in_order(reversed(builds))) == list(range(1, 61))
    assert len(lives(builds)) == 1


def test_a_clock_that_was_wrong_for_some_days() -> None:
    builds = [*daily(1, 29), *(One(n, FAR + timedelta(n)) for n in (30, 31, 33)), *daily(34, 60)]
    assert numbers(in_order(builds)) == numbers(builds)


def test_numbers_that_come_again_begin_a_new_life() -> None:
    old, new = daily(1, 8), [day(1, 101), day(3, 103)]
    assert lives([*new, *old]) == [old, new]
    third = [day(2, 201), day(3, 203)]
    assert lives([*new, *third, *old]) == [old, new, third]


def test_lower_numbers_that_come_later_are_of_a_new_life_though_none_comes_again() -> None:
    old, new = daily(5, 8), [day(1, 101), day(2, 102)]
    assert lives([*new, *old]) == [old, new]
    long = [day(number, 100 + number) for number in range(1, 5)]
    assert lives([*long, *daily(7, 8)]) == [daily(7, 8), long]


def test_a_new_life_and_a_wrong_clock_in_the_old_one() -> None:
    old = [*daily(1, 4), One(5, LONG_AGO), *daily(6, 9)]
    new = [day(1, 101), day(2, 102), day(3, 103)]
    assert [numbers(life) for life in lives([*old, *new])] == [list(range(1, 10)), [1, 2, 3]]


def test_builds_of_one_moment_are_of_one_life() -> None:
    builds = [One(1, START + timedelta(milliseconds=3)), One(2, START)]
    assert lives(builds) == [builds]
    assert moments(builds) == [START, START]


def test_what_started_out_of_order_is_placed_after_the_build_before_it() -> None:
    builds = [day(1), One(2, FAR), day(3), One(4, LONG_AGO), day(5)]
    placed = [START + timedelta(days=days) for days in (1, 1, 3, 3, 5)]
    assert moments(builds) == placed
    assert moments([One(1, FAR), day(2)]) == [day(2).started] * 2
    assert moments([]) == []


def test_no_builds_have_no_lives() -> None:
    assert lives([]) == []


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 40)), unique=True))
def test_every_build_is_in_one_life_and_no_life_has_a_number_twice(
    pairs: list[tuple[int, int]],
) -> None:
    builds = [day(number, days) for number, days in pairs]
    found = lives(builds)
    assert sorted(in_order(builds)) == sorted(builds)
    for life in found:
        assert numbers(life) == sorted(set(numbers(life)))
        assert moments(life) == sorted(moments(life))
