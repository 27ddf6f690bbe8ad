"""Give every test that asks for it a store, sample builds to save there, and what is built in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins, find
from squash_jenkins.store import Store, open_store
from tests.render import sample_builds

Save = Callable[..., Any]


@pytest.fixture(scope="session")
def samples() -> Any:
    """Return the maker of sample builds, `sample_builds`."""
    return sample_builds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as opened:
        yield opened


@pytest.fixture
def save(store: Store) -> Save:
    """Return a function that stores a sample build; see `sample_builds.record`."""

    def save_one(job: str, number: int, **about: Any) -> None:
        root = about.pop("root", sample_builds.ROOT)
        store.save(sample_builds.record(job, number, **about), controller_url=root)

    return save_one


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    """Return what is built in."""
    return find()
