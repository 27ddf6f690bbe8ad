"""The queue of builds: none is lost, none is read by two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from squash_jenkins.models import Branch, BuildId
from squash_jenkins.store.service.build_queue import CLAIM_SECONDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BUILD = BuildId("main", "ci_hsc", 7)


@pytest.fixture
def queue(store):
    return store.build_queue


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_a_build_waits_once_however_often_it_is_told(queue):
    rows = [queue.add(BUILD, "names", after(at)) for at in (0, 1, 2)]
    assert len({row.name for row in rows}) == 1
    assert queue.claim(after(3)).id == BUILD
    assert queue.claim(after(3)) is None


def test_builds_are_told_apart_to_the_letter(queue):
    others = [BuildId("main", name, 7) for name in ("ci_hsc", "CI_HSC", "ci_hsc ", "ci_hſc")]
    assert len({queue.add(each, "names", NOW).name for each in others}) == 4


def test_a_build_told_of_while_it_is_read_is_read_once_more(queue):
    queue.add(BUILD, "names", NOW)
    row = queue.claim(NOW)
    queue.add(BUILD, "names", after(1))
    assert queue.claim(after(2)) is None
    queue.finish(row, "2 measurements are stored.", after(3))
    again = queue.claim(after(3))
    assert (again.name, again.tries) == (row.name, 1)
    queue.finish(again, "done", after(4))
    done = queue.get(row.name)
    assert (done.state, done.outcome, done.ended) == ("done", "done", after(4))
    assert queue.add(BUILD, "names", after(5)).name != row.name


def test_what_is_put_back_comes_when_it_is_due(queue):
    queue.add(BUILD, "names", NOW)
    queue.put_back(queue.claim(NOW), "no answer", after(60))
    assert queue.claim(after(59)) is None
    row = queue.claim(after(60))
    assert (row.tries, row.outcome) == (2, "no answer")
    queue.put_back(row, "no answer", after(600))
    # It is queued again: then it does not wait any longer.
    queue.add(BUILD, "names", after(61))
    assert queue.claim(after(61)).name == row.name


def test_what_a_dead_process_left_is_taken_over_and_its_own_word_comes_too_late(queue):
    queue.add(BUILD, "names", NOW)
    left = queue.claim(NOW)
    assert queue.claim(after(CLAIM_SECONDS - 1)) is None
    taken = queue.claim(after(CLAIM_SECONDS))
    assert taken.name == left.name
    queue.fail(left, "too late", after(CLAIM_SECONDS + 1))
    assert queue.get(left.name).state == "running"
    queue.finish(taken, "read", after(CLAIM_SECONDS + 2))
    assert queue.get(left.name).outcome == "read"


def test_who_says_that_a_build_is_still_being_read_keeps_it(queue):
    queue.add(BUILD, "names", NOW)
    first = queue.claim(NOW)
    held = queue.renew(first, after(CLAIM_SECONDS - 1))
    assert queue.claim(after(CLAIM_SECONDS + 1)) is None
    queue.finish(held, "read", after(CLAIM_SECONDS + 2))
    assert queue.get(first.name).outcome == "read"
    # What is no longer one's own is not kept from others.
    assert queue.renew(held, after(CLAIM_SECONDS + 3)) == held
    assert queue.get(first.name).state == "done"


def test_many_at_once_claim_each_build_once(queue):
    names = {queue.add(BuildId("main", "ci", n), "names", NOW).name for n in range(1, 25)}

    def work(_):
        found = []
        while row := queue.claim(after(1)):
            found.append(row.name)
            queue.finish(row, "read", after(1))
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = [name for found in pool.map(work, range(4)) for name in found]
    assert sorted(claimed) == sorted(names)


def test_what_ended_long_ago_is_forgotten(queue):
    for number in (1, 2):
        queue.add(BuildId("main", "ci", number), "names", NOW)
    queue.fail(queue.claim(NOW), "gone", after(10))
    assert queue.forget(after(10)) == 0
    assert queue.forget(after(11)) == 1
    assert [row.state for row in queue.newest(10)] == ["waiting"]
    assert queue.newest(10, "failed") == []


def test_builds_of_some_controllers_can_be_left_waiting(queue):
    other = BuildId("lab", "ci", 1)
    queue.add(BUILD, "names", NOW)
    queue.add(other, "names", after(1))
    assert queue.claim(after(2), ["main"]).id == other
    assert queue.claim(after(2), ["main", "lab"]) is None
    assert queue.claim(after(2)).id == BUILD


def test_the_node_of_a_request_stays_whatever_comes_without_one(queue):
    assert queue.add(BUILD, "names", NOW).node is None
    assert queue.add(BUILD, "names", NOW, "agent-7").node == "agent-7"
    assert queue.add(BUILD, "names", NOW).node == "agent-7"
    queue.claim(NOW)
    assert queue.add(BUILD, "names", NOW).node == "agent-7"


def test_the_branch_of_a_request_stays_whatever_comes_without_one(queue):
    assert queue.add(BUILD, "names", NOW).branch is None
    pull = Branch("PR-7", "7", "main")
    assert queue.add(BUILD, "names", NOW, branch=pull).branch == pull
    assert queue.add(BUILD, "names", NOW).branch == pull
    queue.claim(NOW)
    found = queue.add(BUILD, "names", NOW, branch=Branch(url="https://git.example.org/7"))
    assert found.branch == Branch("PR-7", "7", "main", "https://git.example.org/7")
    assert queue.newest(1) == [found]
