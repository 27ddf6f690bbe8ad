"""Give the tests every format of the package, and a way to make documents."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

import squash_jenkins.formats
from squash_jenkins.formats.base import Document, Format


@pytest.fixture(scope="session")
def formats() -> list[Format]:
    """Return one of each format in the package."""
    found: dict[str, Format] = {}
    package = squash_jenkins.formats
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for _, each in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(each, Format) and not inspect.isabstract(each):
                found[each.name] = each()
    return list(found.values())


@pytest.fixture(scope="session")
def make_document() -> Callable[..., Document]:
    """Return a function that makes a document of bytes, or of anything that JSON can say."""

    def make(content: Any, path: str = "archive/result.json") -> Document:
        packed = content if isinstance(content, bytes) else json.dumps(content).encode()
        return Document(path, sha256(packed).hexdigest(), len(packed), packed)

    return make
