import pytest

from squash_jenkins.reliability.backoff import LONGEST, Backoff, delay


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def backoff(clock: Clock, logged: list[str]) -> Backoff:
    return Backoff(logged.append, 5.0, clock)


def test_a_delay_doubles_up_to_the_longest_with_jitter() -> None:
    assert [delay(n, 0.5, 10.0, jitter=0.0) for n in (1, 2, 3, 6, 5000)] == [
        0.5,
        1.0,
        2.0,
        10.0,
        10.0,
    ]
    shaken = {delay(3, 1.0, 60.0) for _ in range(50)}
    assert len(shaken) > 1
    assert 4.0 <= min(shaken) <= max(shaken) <= 6.0


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


def test_a_failure_is_logged_when_new_when_it_changes_and_every_hour(
    backoff: Backoff, clock: Clock, logged: list[str]
) -> None:
    for text in ("down", "down", "starting", "starting"):
        backoff.fail("a", text)
    assert logged == ["down", "starting"]
    clock.now += 3601
    backoff.fail("a", "starting")
    backoff.fail("a", "starting")
    assert logged == ["down", "starting", "starting"]


def test_its_end_is_logged_once_with_how_long_it_took(
    backoff: Backoff, clock: Clock, logged: list[str]
) -> None:
    backoff.fail("a", "down")
    clock.now += 40
    backoff.succeed("a", "It answers again")
    backoff.succeed("a", "It answers again")
    assert logged == ["down", "It answers again, after 40 s."]
    backoff.fail("a", "down")
    assert backoff.left("a") <= 7.5


def test_waiting_for_what_is_not_ready_logs_nothing(backoff: Backoff, logged: list[str]) -> None:
    backoff.postpone("a")
    assert not backoff.due("a")
    backoff.succeed("a")
    assert logged == []


def test_what_is_not_retained_is_forgotten(backoff: Backoff) -> None:
    for key in ("a", "b"):
        backoff.fail(key, "down")
    backoff.retain({"b"})
    assert (backoff.failed("a"), backoff.failed("b")) == (False, True)
