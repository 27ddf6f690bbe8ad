"""Give tests a real store with a few builds, and a function that builds its site."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins, find
from squash_jenkins.render.static import Built, build_site
from squash_jenkins.store import Store, open_store

_spec = importlib.util.spec_from_file_location(
    "sample_builds", Path(__file__).with_name("sample_builds.py")
)
assert _spec is not None and _spec.loader is not None
samples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(samples)

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


@pytest.fixture(name="samples")
def _samples() -> Any:
    """Return the maker of sample builds, `sample_builds`."""
    return samples


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as opened:
        yield opened


@pytest.fixture
def save(store: Store) -> Save:
    """Return a function that stores a sample build; see `sample_builds.record`."""

    def save_one(job: str, number: int, **about: Any) -> None:
        root = about.pop("root", samples.ROOT)
        store.save(samples.record(job, number, **about), controller_url=root)

    return save_one


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    """Return what is built in."""
    return find()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return the folder of the site."""
    return tmp_path / "site"


@pytest.fixture
def build(store: Store, output: Path, plugins: Plugins) -> BuildSite:
    """Return a function that brings the site up to date; keywords replace the built-in ones."""

    def build_it(**changes: Any) -> Built:
        usual: dict[str, Any] = {
            "tabs": plugins.tabs,
            "plots": plugins.plots,
            "controllers": ["main"],
            "theme": plugins.theme,
        }
        return build_site(store, output, **{**usual, **changes})

    return build_it
