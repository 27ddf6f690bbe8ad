"""Read the settings: squash.toml, then SQUASH_* variables, then options; later ones win."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from squash_jenkins.config.environment import from_environment
from squash_jenkins.config.settings import SETTINGS_FILE, Settings, nearest
from squash_jenkins.config.tokens import PREFIX
from squash_jenkins.errors import SettingsError

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_VARIABLES_OF_COMMANDS = {"SQUASH_SETTINGS"}
"""Variables that name the settings file, so they are not keys in it."""
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
"""Variables of the scripts in ``hooks``: Jenkins passes them to builds that run the command."""


def load(path: Path | None = None, options: Mapping[str, Any] | None = None) -> Settings:
    """Read and check all settings.

    Parameters
    ----------
    path
        The settings file; by default ``$SQUASH_SETTINGS``, else ``squash.toml`` here if it exists.
    options
        Values from the command line by key; None values are ignored.

    Raises
    ------
    SettingsError
        Lists all errors at once, each with its key and the allowed values.

    """
    file = _find(path)
    folder = file.parent if file is not None else Path.cwd()
    given = {key: value for key, value in (options or {}).items() if value is not None}
    faults = _unknown_variables(os.environ)
    in_file = _read(file)
    merged = _merge(in_file, from_environment(in_file, faults), given)
    faults += _unstorable(merged)
    try:
        settings = Settings(**{**merged, "folder": folder})
    except ValidationError as error:
        faults += [_explain(fault) for fault in error.errors()]
    if faults:
        where = file or "the environment"
        raise SettingsError(f"Errors in the settings in {where}:\n  " + "\n  ".join(faults))
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
    except RecursionError:
        raise SettingsError(f"{file} cannot be read: it is nested too deeply.") from None
    except ValueError as error:  # no UTF-8, no TOML, a number of too many digits
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
    """Describe one error: its key, what is wrong, and the nearest key for an unknown one."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: no such key{nearest(str(fault['loc'][-1]), _keys_beside(fault['loc']))}"
    value = fault["input"]
    if fault["type"] in _SEVERAL and isinstance(value, str):
        return f"{key}: expected {_SEVERAL[fault['type']]}; a variable contains it as JSON"
    hidden = "token" in key or "urls" in key or isinstance(value, dict | list)
    shown = "" if hidden else f" (found {_masked(value)!r:.200})"
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}{shown}"


_SEVERAL = {
    "tuple_type": 'a list, such as ["a", "b"]',
    "dict_type": 'a table, such as {"a": 1}',
    "model_type": 'a table, such as {"a": 1}',
}
"""Expected value where a text was found, by the type of pydantic's error."""


def _masked(value: Any) -> Any:
    """Hide the user name and password in a URL."""
    return re.sub(r"(?s)//.*@", "//…@", value[:1000]) if isinstance(value, str) else value


def _keys_beside(location: tuple[Any, ...]) -> list[str]:
    """Return the valid keys beside an unknown one: of its table, or of the top level."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        known = model.model_fields.get(str(part))
        model = (known and _table_in(known.annotation)) or model
    return [name for name in model.model_fields if name != "folder"]


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a table, of a list of tables, or of named tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _table_in(each))), None)


def _unstorable(value: Any, key: str = "") -> list[str]:
    """Return errors for texts with characters that no path, URL or name may contain."""
    if isinstance(value, Mapping):
        return [
            fault for name, each in value.items() for fault in _unstorable(each, f"{key}.{name}")
        ]
    if isinstance(value, list | tuple):
        return [
            fault for at, each in enumerate(value) for fault in _unstorable(each, f"{key}.{at}")
        ]
    bad = _UNFIT.search(value) if isinstance(value, str) else None
    return [f"{key[1:]}: contains the character U+{ord(bad[0]):04X}"] if bad else []


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in _keys_beside(())}
    given = [name for name in environment if name.startswith(PREFIX)]
    tables = {each for each in known if _is_table(each)}
    plain = known | _VARIABLES_OF_COMMANDS | _VARIABLES_OF_HOOKS
    return [
        f"{name}: no such variable{nearest(name, sorted(known))}"
        for name in given
        if name.split("__")[0] not in (tables if "__" in name else plain)
    ]


def _is_table(variable: str) -> bool:
    field = Settings.model_fields[variable.removeprefix(PREFIX).lower()]
    return _table_in(field.annotation) is not None
