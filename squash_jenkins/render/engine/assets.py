"""Find our scripts and styles: in folders that show which tab loads them, flat in a site."""

from collections.abc import Mapping
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"


def asset_files() -> Mapping[str, Path]:
    """Return our assets by name."""
    return {file.name: file for file in sorted(ASSETS.glob("*/*")) if file.is_file()}
