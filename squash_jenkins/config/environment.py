"""Read settings from ``SQUASH_…`` variables."""

from collections.abc import Mapping
from typing import Any

from pydantic_settings.sources import EnvSettingsSource

from squash_jenkins.config.settings import Settings
from squash_jenkins.config.tokens import matching, table_variable


def from_environment(file: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """Return the values of the variables, by the names of controllers in the settings file.

    Parameters
    ----------
    file
        The settings file.
    faults
        Receives a sentence about each variable that matches no controller, or several.

    """
    given = _Variables(Settings)()
    tables = given.get("controllers")
    if isinstance(tables, dict):
        known = file.get("controllers")
        names = list(known) if isinstance(known, dict) else []
        given["controllers"] = _named(tables, names, faults)
    return given


class _Variables(EnvSettingsSource):
    """Leave values that are not JSON unchanged: the check of the settings names their key."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value


def _named(
    tables: Mapping[str, Any], controllers: list[str], faults: list[str]
) -> dict[str, dict[str, Any]]:
    """Return the tables of variables by controller."""
    named: dict[str, Any] = {}
    for spelling, table in tables.items():
        found = matching(spelling, controllers)
        fault = _fault(spelling, table, found, controllers)
        if fault:
            faults.append(fault)
            continue
        name = found[0] if found else spelling
        both = isinstance(table, dict) and isinstance(named.get(name), dict)
        named[name] = {**named[name], **table} if both else table
    return named


def _fault(spelling: str, table: Any, found: list[str], controllers: list[str]) -> str | None:
    variable = f"{table_variable(spelling)}…"
    if len(found) > 1:
        names = ", ".join(map(repr, found))
        return f"{variable}: matches each of the controllers {names}; rename all but one"
    if found or not controllers or not isinstance(table, dict) or "url" in table:
        return None
    known = ", ".join(f"{table_variable(name)}…" for name in controllers)
    return f"{variable}: the settings have no such controller (and it has no URL); known: {known}"
