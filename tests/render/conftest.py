"""Give tests a function that builds the site of their store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.static import Built, build_site
from squash_jenkins.store import Store

BuildSite = Callable[..., Built]


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
