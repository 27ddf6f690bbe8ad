"""Give the package's page on an index a README whose links work there."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Readme(MetadataHookInterface):
    """Take out of README.md what leads to a file: an index has no files beside it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the text: pictures of the repository go, links to its files become their texts."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": portable(text)}


def portable(text: str) -> str:
    """Return Markdown whose links lead to addresses and to places of the text itself."""
    text = re.sub(r"^!\[[^]]*\]\((?!https?:)[^)]*\)\n\n", "", text, flags=re.MULTILINE)
    return re.sub(r"\[([^]]+)\]\((?!https?:|#)([^)#]+)[^)]*\)", r"\1 (`\2`)", text)
