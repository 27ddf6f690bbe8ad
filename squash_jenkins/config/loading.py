"""Read the settings: squash.toml, then SQUASH_* variables, then options; the later wins."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings.sources import EnvSettingsSource

from squash_jenkins.config.settings import (
    PREFIX,
    SETTINGS_FILE,
    ControllerSettings,
    FindingsSettings,
    JobSettings,
    NotifySettings,
    Settings,
    nearest,
)
from squash_jenkins.errors import SettingsError

_TABLES: Mapping[Any, type[BaseModel]] = {
    "controllers": ControllerSettings,
    "findings": FindingsSettings,
    "jobs": JobSettings,
    "notify": NotifySettings,
}
_VARIABLES_OF_COMMANDS = {"SQUASH_SETTINGS"}
"""Variables that name the settings file itself, so they are no keys of it."""
_VARIABLES_OF_HOOKS = {
    f"{PREFIX}{name}"
    for name in [
        "BOOTSTRAP",
        "BOOTSTRAP_TIMEOUT",
        "COMMAND",
        "CONSOLE",
        "CONTROLLER",
        "CREDENTIALS_ID",
        "DASHBOARD_URL",
        "ENABLED",
        "AFTER",
        "AFTER_LOG",
        "FAIL_ON",
        "FILES",
        "FIRST_CONTROLLER",
        "JUNIT",
        "MODE",
        "NOTICE",
        "NOTIFY_URL",
        "ONLY_JOBS",
        "POST_BUILD",
        "PYTHON",
        "QUEUE_DAYS",
        "QUEUE_LIMIT",
        "RETRY_LIMIT",
        "RETRY_SECONDS",
        "SECONDS",
        "SERVER_URL",
        "STRICT",
        "THREADS",
        "TIMEOUT",
        "TITLE",
        "TOKEN",
        "TOKEN_FILE",
        "VENV",
    ]
}
"""Variables of the scripts in ``hooks``: Jenkins hands them to builds that run the command."""


def load(path: Path | None = None, options: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings and check them as a whole.

    Parameters
    ----------
    path
        The settings file; by default ``$SQUASH_SETTINGS``, else ``squash.toml`` here if it exists.
    options
        Values from the command line by key; None values are left out.

    Raises
    ------
    SettingsError
        Lists every fault at once, each with its key and what is allowed.

    """
    file = _find(path)
    folder = file.parent if file is not None else Path.cwd()
    given = {key: value for key, value in (options or {}).items() if value is not None}
    faults = _unknown_variables(os.environ)
    try:
        merged = _merge(_read(file), EnvSettingsSource(Settings)(), given)
        settings = Settings(**{**merged, "folder": folder})
    except ValidationError as error:
        faults += [_explain(fault) for fault in error.errors()]
    if faults:
        where = file or "the environment"
        raise SettingsError(f"The settings in {where} are wrong:\n  " + "\n  ".join(faults))
    return settings.resolved()


def _find(path: Path | None) -> Path | None:
    named = path or (
        Path(os.environ["SQUASH_SETTINGS"]) if "SQUASH_SETTINGS" in os.environ else None
    )
    if named is not None and not named.is_file():
        raise SettingsError(
            f"{named} does not exist: `squash-jenkins init` writes a settings file."
        )
    here = Path.cwd() / SETTINGS_FILE
    return named or (here if here.is_file() else None)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from error


def _merge(first: dict[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """Return `first` overlaid with the others, table by table."""
    merged = dict(first)
    for key, value in ((key, value) for other in others for key, value in other.items()):
        both = isinstance(value, Mapping) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _explain(fault: Any) -> str:
    """Tell one fault: its key, what is wrong, and the nearest known key for an unknown one."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: no such key{nearest(str(fault['loc'][-1]), _keys_beside(fault['loc']))}"
    value = fault["input"]
    shown = (
        ""
        if "token" in key or "urls" in key or isinstance(value, dict)
        else f" (found {_masked(value)!r})"
    )
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}{shown}"


def _masked(value: Any) -> Any:
    """Hide the user name and password of a URL that is shown."""
    return re.sub(r"//[^/@]*@", "//…@", value) if isinstance(value, str) else value


def _keys_beside(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    if len(location) > 1:
        model = _TABLES[location[0]]
    return [name for name in model.model_fields if name != "folder"]


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in _keys_beside(())}
    given = [name for name in environment if name.startswith(PREFIX)]
    return [
        f"{name}: no such variable{nearest(name, sorted(known))}"
        for name in given
        if name.split("__")[0] not in known | _VARIABLES_OF_COMMANDS | _VARIABLES_OF_HOOKS
    ]
