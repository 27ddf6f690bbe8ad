"""Find the folders that travel with the package."""

from pathlib import Path
from typing import Literal

from squash_jenkins.errors import ResourceError

_PACKAGE = Path(__file__).parent


def folder(name: Literal["db", "dashboards", "hooks"]) -> Path:
    """Return the folder `name` that travels with the package.

    A wheel carries it as ``squash_jenkins/_<name>``; a checkout has it beside the package.
    """
    for candidate in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise ResourceError(
        f"The folder {name!r} is missing beside or inside {_PACKAGE}: install the package again."
    )
