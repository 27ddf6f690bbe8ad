"""Ask a simulated Jenkins which of our lines its formatter shows as links."""

from collections.abc import Callable

import pytest

from squash_jenkins.errors import PermissionMissing
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import linking_markups
from squash_jenkins.simulate.world import World
from tests.jenkins.conftest import PHRASE

Connect = Callable[..., JenkinsClient]


def test_facts_23_and_32_the_default_formatter_makes_no_links(client: JenkinsClient) -> None:
    assert linking_markups(client) == []


@pytest.mark.parametrize("user", ["dev", "reader", None])
def test_facts_23_and_32_safe_html_makes_links_of_html(
    world: World, connect: Connect, user: str | None
) -> None:
    world.markup = "html"
    assert linking_markups(connect(user)) == ["html"]


def test_a_password_needs_a_crumb(world: World, connect: Connect) -> None:
    world.markup = "html"
    assert linking_markups(connect(token=PHRASE)) == ["html"]


def test_nobody_is_told_by_a_closed_server(world: World, connect: Connect) -> None:
    world.anonymous = frozenset()
    with pytest.raises(PermissionMissing):
        linking_markups(connect(None))
