import pytest

from squash_jenkins.watch.backoff import LONGEST, Notices, Patience


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
def patience(clock: Clock, told: list[str]) -> Patience:
    return Patience(told.append, 5.0, clock)


def test_what_never_failed_is_due(patience: Patience) -> None:
    assert patience.due("a")
    assert not patience.failed("a")


def test_delays_double_with_chance_up_to_the_longest(patience: Patience, clock: Clock) -> None:
    expected = 5.0
    for _ in range(1200):
        patience.fail("a", "down")
        assert min(expected, LONGEST) <= patience.left("a") <= 1.5 * min(expected, LONGEST)
        assert not patience.due("a")
        clock.now += patience.left("a")
        assert patience.due("a")
        expected = min(expected * 2, LONGEST)


def test_a_trouble_is_told_when_new_when_it_changes_and_each_hour(
    patience: Patience, clock: Clock, told: list[str]
) -> None:
    for text in ("down", "down", "starting", "starting"):
        patience.fail("a", text)
    assert told == ["down", "starting"]
    clock.now += 3601
    patience.fail("a", "starting")
    patience.fail("a", "starting")
    assert told == ["down", "starting", "starting"]


def test_its_end_is_told_once_with_how_long_it_took(
    patience: Patience, clock: Clock, told: list[str]
) -> None:
    patience.fail("a", "down")
    clock.now += 40
    patience.well("a", "It answers again")
    patience.well("a", "It answers again")
    assert told == ["down", "It answers again, after 40 s."]
    patience.fail("a", "down")
    assert patience.left("a") <= 7.5


def test_waiting_for_what_is_not_ready_is_no_trouble_to_tell(
    patience: Patience, told: list[str]
) -> None:
    patience.postpone("a")
    assert not patience.due("a")
    patience.well("a")
    assert told == []


def test_what_is_not_kept_is_forgotten(patience: Patience) -> None:
    for key in ("a", "b"):
        patience.fail(key, "down")
    patience.keep({"b"})
    assert (patience.failed("a"), patience.failed("b")) == (False, True)


def test_a_notice_is_told_once_an_hour(clock: Clock, told: list[str]) -> None:
    notices = Notices(told.append, clock)
    notices.tell_all(["a", "b", "a"])
    clock.now += 1800
    notices.tell_all(["a", "c"])
    assert told == ["a", "b", "c"]
    clock.now += 1801
    notices.tell_all(["a", "c"])
    assert told == ["a", "b", "c", "a"]
