"""Read ``theme.yaml``: the name, colours and figure defaults that a site may change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from squash_jenkins.errors import SettingsError

_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}")


@dataclass(frozen=True, slots=True)
class Theme:
    """Hold the look of a site: colours by role for light and dark screens, and Bokeh's defaults."""

    name: str = "SQuaSH"
    light: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)
    series: Sequence[str] = ()
    series_dark: Sequence[str] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    def stylesheet(self) -> str:
        """Return the colours as CSS custom properties."""
        light = _properties(self.light, self.series)
        dark = _properties(self.dark, self.series_dark)
        return (
            f":root {{ color-scheme: light dark;\n{light}}}\n"
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{\n{dark}}} }}\n"
        )


def _properties(colors: Mapping[str, str], series: Sequence[str]) -> str:
    named = {**colors, **{f"series-{index}": color for index, color in enumerate(series)}}
    return "".join(f"  --{name}: {color};\n" for name, color in named.items())


def read_theme(file: Path | None) -> Theme:
    """Read a theme; None gives the default one.

    Raises
    ------
    SettingsError
        Lists each unknown key and each value that is not a colour.

    """
    if file is None:
        return Theme()
    import yaml

    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from error
    faults = list(_faults(given))
    if faults:
        raise SettingsError(f"The theme {file} has errors:\n  " + "\n  ".join(faults))
    return Theme(**given)


def _faults(given: Any) -> list[str]:
    if not isinstance(given, dict):
        return ["it must be a table of keys"]
    known = set(Theme.__slots__)
    faults = [
        f"{key}: unknown key; valid keys are {', '.join(sorted(known))}"
        for key in given.keys() - known
    ]
    for part in ("light", "dark", "series", "series_dark"):
        colors = given.get(part) or {}
        pairs = colors.items() if isinstance(colors, dict) else enumerate(colors)
        faults += [
            f"{part}.{role}: {color!r} is not a colour such as #00795a"
            for role, color in pairs
            if not isinstance(color, str) or not _COLOR.fullmatch(color)
        ]
    return faults
