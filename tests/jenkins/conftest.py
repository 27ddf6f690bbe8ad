"""Give the client a simulated Jenkins that answers over real HTTP."""

import time
from collections.abc import Callable, Iterator

import pytest
import responses

from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from tests.recordings import recordings

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
        clients.append(JenkinsClient(controller, **{**settings, **options}))  # type: ignore[arg-type] # options by name
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> JenkinsClient:
    """Return a client that is signed in as dev."""
    return connect()


class Rig:
    """Hold a client of a Jenkins whose single answers a test makes up, and how long it slept."""

    root = "https://ci.example.org/jenkins/"
    build = BuildId("lab", "ci_cfht", 4)
    address = f"{root}job/ci_cfht/4/api/json"

    def __init__(self, user: str | None, token: str | None) -> None:
        self.naps: list[float] = []
        controller = Controller("lab", self.root, user, token, 30)
        self.client = JenkinsClient(controller, sleep=self.naps.append)

    def fails(self, kind: type[JenkinsError]) -> str:
        """Return what asking for the build raises, which never tells the token."""
        with pytest.raises(kind) as caught:
            self.client.build(self.build)
        assert KEY not in str(caught.value) + repr(caught.value)
        return str(caught.value)


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Return a rig that is signed in."""
    rig = Rig("dev", KEY)
    yield rig
    rig.client.close()


@pytest.fixture
def anonymous() -> Iterator[Rig]:
    """Return a rig that is not."""
    rig = Rig(None, None)
    yield rig
    rig.client.close()


@pytest.fixture
def replay() -> Callable[..., None]:
    """Return a function that lets a URL be answered as it was recorded."""
    kept = ("X-Jenkins", "X-You-Are-Authenticated-As", "X-Required-Permission", "Location")

    def answer(name: str, url: str = Rig.address) -> None:
        recording = recordings()[name]
        headers = recording.response_headers
        responses.get(
            url,
            body=recording.body,
            status=recording.status,
            headers={name: value for name, value in headers.items() if name in kept},
            content_type=headers.get("Content-Type", "text/html"),
        )

    return answer
