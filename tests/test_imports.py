"""Every module of the package can be imported with this Python, without a warning."""

import importlib
import pkgutil

import squash_jenkins

MODULES = [
    module.name
    for module in pkgutil.walk_packages(squash_jenkins.__path__, "squash_jenkins.")
    if not module.name.endswith("__main__")
]


def test_every_module_can_be_imported() -> None:
    assert len(MODULES) > 200
    for name in MODULES:
        importlib.import_module(name)
