"""Read lists of which lines say too little, and JSON that is none, as real Jenkins give them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from squash_jenkins.errors import UnexpectedAnswer
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.simulate.state import BROKEN
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING = {"number": ..., "timestamp": ..., "building": ..., "description": ...}


def history(world: World, many: int, job: str = "ci") -> None:
    world.add_job(job)
    for number in range(1, many + 1):
        world.add_build(job, number=number, started=START + timedelta(hours=number))


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp": 0},
        {"timestamp": -1},
        {"timestamp": None},
        {"timestamp": ...},
        {"number": ...},
        {"number": True},
        NOTHING,
    ],
    ids=str,
)
def test_an_odd_line_is_skipped_with_a_message(
    world: World, client: JenkinsClient, odd: dict[str, Any]
) -> None:
    history(world, 5)
    world.jobs["ci"].builds[3].odd = odd
    for listed in (client.listing("ci"), client.newest("ci", 5), client.listings(5)["ci"]):
        assert [(each.number, each.position) for each in listed] == [(5, 0), (4, 1), (2, 3), (1, 4)]
    assert [family[0].id.number for family in client.page("ci", 1, 4)] == [4, 2]
    [told] = client.faults
    assert "in Jenkins' list of 'ci' is skipped" in told


@pytest.mark.parametrize("bad", [1, 100, 101, 250])
def test_a_list_that_one_build_breaks_is_read_without_it(
    world: World, client: JenkinsClient, bad: int
) -> None:
    history(world, 250)
    world.jobs["ci"].builds[bad].odd = {"building": BROKEN}
    others = [number for number in range(250, 0, -1) if number != bad]
    assert [each.number for each in client.listing("ci")] == others
    assert [each.position for each in client.listing("ci")] == [250 - number for number in others]
    newest = [each.number for each in client.newest("ci", 120)]
    assert newest == [number for number in others if number > 130]
    assert len(world.requests) < 60
    [told] = client.faults
    assert told.startswith(f"Build {251 - bad} in Jenkins' list of 'ci' is skipped: ")


def test_a_jenkins_that_can_list_nothing_is_not_asked_for_ever(
    world: World, client: JenkinsClient
) -> None:
    history(world, 250)
    for build in world.jobs["ci"].builds.values():
        build.odd = {"building": BROKEN}
    with pytest.raises(UnexpectedAnswer, match="status 500"):
        client.listing("ci")
    assert len(world.requests) < 30
    assert client.faults == []


@responses.activate
def test_fact_31_raw_control_characters_are_read(rig: Any) -> None:
    message = "tab\tbell\x07 and\nmore"
    body = (
        '{"number":4,"timestamp":1772366400250,"building":false,"changeSet":{"items":'
        f'[{{"commitId":"ab","comment":"{message}"}}]}}}}'
    )
    responses.get(rig.address, body=body, content_type="application/json")
    [change] = rig.client.build(rig.build).changes
    assert change.message == message


@responses.activate
@pytest.mark.parametrize("half", [r"\ud83d", r"\uDE00", "\\ud83d\\u0041"])
def test_fact_31_half_an_emoji_is_a_sign_that_can_be_written(rig: Any, half: str) -> None:
    body = (
        '{"number":4,"timestamp":1772366400250,"building":false,'
        f'"displayName":"\\ud83d\\ude00","description":"cut {half} here"}}'
    )
    responses.get(rig.address, body=body, content_type="application/json")
    build = rig.client.build(rig.build)
    assert build.display_name == "😀"
    assert build.description is not None
    assert build.description.startswith("cut \ufffd")
    assert build.description.endswith(" here")
    assert build.description.encode()


@responses.activate
def test_json_that_ends_early_is_told_as_such(rig: Any) -> None:
    body = '{"number":4,"description":"see /login","artifacts":[{"rel'
    responses.get(rig.address, body=body, content_type="application/json")
    assert "was answered with JSON that cannot be read (" in rig.fails(UnexpectedAnswer)
