"""Name the variable of a controller's token, and read its token file."""

import re
from collections.abc import Collection
from pathlib import Path

from squash_jenkins.errors import SettingsError

PREFIX = "SQUASH_"
_APART = re.compile(r"[\W_]+")


def table_variable(controller: str) -> str:
    """Return the beginning of the variables of a controller.

    Shells allow only letters, digits and ``_`` in names of variables, usually capitals; a double
    ``_`` leads one table deeper.
    """
    return f"{PREFIX}CONTROLLERS__{_APART.sub('_', controller).strip('_').upper()}__"


def token_variable(controller: str) -> str:
    """Return the name of the variable that holds a controller's token."""
    return f"{table_variable(controller)}TOKEN"


def matching(spelling: str, controllers: Collection[str]) -> list[str]:
    """Return the controllers that a name in a variable matches; an exact match is the only one."""
    same = [name for name in controllers if name.casefold() == spelling.casefold()]
    if len(same) == 1:
        return same
    wanted = table_variable(spelling)
    return [name for name in controllers if table_variable(name) == wanted]


def read_token(file: Path, controller: str) -> str:
    """Return the token in a file; raise SettingsError if there is none."""
    key = f"controllers.{controller}.token_file {file}"
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"{key} cannot be read: it is not UTF-8 text.") from error
    if not token.isprintable():
        raise SettingsError(f"{key} must contain one line, the token and nothing else.")
    return token
