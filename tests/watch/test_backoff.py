import pytest

from squash_jenkins.watch.backoff import LONGEST, Backoff, HourlyLog


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def backoff(clock: Clock, told: list[str]) -> Backoff:
    return Backoff(told.append, 5.0, clock)


def test_what_never_failed_is_due(backoff: Backoff) -> None:
    assert backoff.due("a")
    assert not backoff.failed("a")


def test_delays_double_with_chance_up_to_the_longest(backoff: Backoff, clock: Clock) -> None:
    expected = 5.0
    for _ in range(1200):
        backoff.fail("a", "down")
        assert min(expected, LONGEST) <= backoff.left("a") <= 1.5 * min(expected, LONGEST)
        assert not backoff.due("a")
        clock.now += backoff.left("a")
        assert backoff.due("a")
        expected = min(expected * 2, LONGEST)


def test_a_trouble_is_told_when_new_when_it_changes_and_each_hour(
    backoff: Backoff, clock: Clock, told: list[str]
) -> None:
    for text in ("down", "down", "starting", "starting"):
        backoff.fail("a", text)
    assert told == ["down", "starting"]
    clock.now += 3601
    backoff.fail("a", "starting")
    backoff.fail("a", "starting")
    assert told == ["down", "starting", "starting"]


def test_its_end_is_told_once_with_how_long_it_took(
    backoff: Backoff, clock: Clock, told: list[str]
) -> None:
    backoff.fail("a", "down")
    clock.now += 40
    backoff.succeed("a", "It answers again")
    backoff.succeed("a", "It answers again")
    assert told == ["down", "It answers again, after 40 s."]
    backoff.fail("a", "down")
    assert backoff.left("a") <= 7.5


def test_waiting_for_what_is_not_ready_is_no_trouble_to_tell(
    backoff: Backoff, told: list[str]
) -> None:
    backoff.postpone("a")
    assert not backoff.due("a")
    backoff.succeed("a")
    assert told == []


def test_what_is_not_kept_is_forgotten(backoff: Backoff) -> None:
    for key in ("a", "b"):
        backoff.fail(key, "down")
    backoff.retain({"b"})
    assert (backoff.failed("a"), backoff.failed("b")) == (False, True)


def test_a_notice_is_told_once_an_hour(clock: Clock, told: list[str]) -> None:
    notices = HourlyLog(told.append, clock)
    notices.log_all(["a", "b", "a"])
    clock.now += 1800
    notices.log_all(["a", "c"])
    assert told == ["a", "b", "c"]
    clock.now += 1801
    notices.log_all(["a", "c"])
    assert told == ["a", "b", "c", "a"]
