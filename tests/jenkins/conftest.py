"""Give the client a simulated Jenkins that answers over real HTTP."""

import time
from collections.abc import Callable, Iterator

import pytest

from squash_jenkins.config import Controller
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

KEY = "11d5hush5token"
PHRASE = "correct horse"
Connect = Callable[..., JenkinsClient]


@pytest.fixture
def world() -> World:
    """Return an empty world with three users: dev may write, reader may read, nobody nothing."""
    world = World()
    read = {"Overall/Read", "Job/Read"}
    world.add_user("dev", token=KEY, password=PHRASE, permissions=read | {"Run/Update"})
    world.add_user("reader", token=KEY, permissions=read)
    world.add_user("nobody", token=KEY, permissions={"Overall/Read"})
    return world


@pytest.fixture
def jenkins(world: World) -> Iterator[SimulatedJenkins]:
    """Serve the world."""
    with SimulatedJenkins(world) as server:
        yield server


@pytest.fixture
def connect(jenkins: SimulatedJenkins) -> Iterator[Connect]:
    """Return a function that makes clients of the served world; time passes 20 times as fast."""
    clients: list[JenkinsClient] = []

    def make(
        user: str | None = "dev", token: str | None = KEY, timeout: float = 5, **options: object
    ) -> JenkinsClient:
        controller = Controller("lab", jenkins.url, user, token, timeout)
        settings: dict[str, object] = {"sleep": lambda seconds: time.sleep(seconds / 20)}
        clients.append(JenkinsClient(controller, **{**settings, **options}))  # type: ignore[arg-type]
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> JenkinsClient:
    """Return a client that is signed in as dev."""
    return connect()
