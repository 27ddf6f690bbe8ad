"""Give the tests of the simulated Jenkins a running server and the recordings of a real one."""

from collections.abc import Callable, Iterator

import pytest

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from tests.recordings import OLD

USERS = {
    "admin": {"Overall/Administer"},
    "dev": {"Overall/Read", "Job/Read", "Job/Build", "Job/Cancel", "Run/Update"},
    "reader": {"Overall/Read", "Job/Read"},
    "nobody": {"Overall/Read"},
}


def new_world(version: str = OLD) -> World:
    """Return an open world without jobs, with the users of the recordings."""
    world = World(version=version)
    for name, permissions in USERS.items():
        world.add_user(name, token=f"token-{name}", password="secret", permissions=permissions)
    return world


@pytest.fixture
def world() -> World:
    """Return an open world with one job ``ci`` and the users of the recordings."""
    made = new_world()
    made.add_job("ci")
    return made


@pytest.fixture
def jenkins(world: World) -> Iterator[SimulatedJenkins]:
    """Serve `world`."""
    with SimulatedJenkins(world) as running:
        yield running


@pytest.fixture(scope="session")
def make_world() -> Callable[[], World]:
    """Return the function that makes an open world with the users of the recordings."""
    return new_world
