"""Work that must go on is begun again when it fails, after pauses that grow."""

import threading

import pytest

from squash_jenkins.server.supervised import SupervisedThread


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_work_that_fails_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    ending, clock, goes_on = threading.Event(), Clock(), threading.Event()
    pauses: list[float] = []
    states: list[bool] = []
    faults = [ValueError("one"), SystemExit(3), MemoryError(), ValueError("late"), None]

    def work() -> None:
        fault = faults.pop(0)
        if str(fault) == "late":
            clock.now += 1000
        if fault is not None:
            raise fault
        goes_on.set()
        ending.wait()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        states.append(supervised.working)

    supervised = SupervisedThread("work", work, ending, pause=pause, clock=clock)
    assert supervised.working
    supervised.start()
    assert goes_on.wait(60)
    assert supervised.working
    assert (pauses, states) == ([1, 2, 4, 1], [False] * 4)
    said = [record for record in caplog.records if "'work' failed" in record.getMessage()]
    assert len(said) == 4
    ending.set()
    supervised.join(60)
    assert supervised.working


def test_the_end_is_not_waited_for_in_vain() -> None:
    ending = threading.Event()

    def work() -> None:
        raise ValueError("always")

    supervised = SupervisedThread("work", work, ending)
    supervised.start()
    ending.set()
    supervised.join(60)
    assert not any(thread.name == "work" for thread in threading.enumerate())
