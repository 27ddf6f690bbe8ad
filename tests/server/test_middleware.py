"""Requests pass the middleware that `app` lists, in that order, and nothing else."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware

from squash_jenkins.config import Settings
from squash_jenkins.plugins import Plugins
from squash_jenkins.server import create_app
from squash_jenkins.server.app import middleware
from tests import databases


def _layers(app: FastAPI) -> list[type]:
    """Return what a request passes, outermost first, but for what the framework always adds."""
    layer: Any = app.build_middleware_stack()
    found = []
    while not isinstance(layer, ExceptionMiddleware):
        found.append(type(layer))
        layer = vars(layer).get("app") or vars(layer)["_app"]
    return [
        each
        for each in found
        if each is not ServerErrorMiddleware and not each.__module__.startswith("fastapi.")
    ]


def test_the_stack_that_is_built_is_the_list(tmp_path: Path, plugins: Plugins) -> None:
    app = create_app(Settings(folder=tmp_path, database=databases.url_of(tmp_path)), plugins)
    with app.state.services.store:
        listed = [each.cls for each in middleware(app.state.services, app.state.authenticator)]
        assert len(listed) > 5
        assert _layers(app) == listed
