"""Serve the folder userContent as Jenkins does: files without scripts, and lists of files."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from squash_jenkins.simulate.answers.artifacts import file_reply
from squash_jenkins.simulate.answers.exchange import Reply, Request, container_error, page
from squash_jenkins.simulate.answers.view import quote_segment


def user_content_reply(root: Path | None, parts: list[str], request: Request) -> Reply:
    """Answer for what lies at `parts` below the folder; never with a folder's ``index.html``."""
    if root is None:
        return container_error(404) if parts else _listing([], [])
    path = root.joinpath(*parts).resolve()
    if not path.is_relative_to(root.resolve()):
        return container_error(404)
    if path.is_dir():
        inner = [f"{each.name}/" if each.is_dir() else each.name for each in path.iterdir()]
        return _listing(parts, sorted(inner))
    if not path.is_file():
        return container_error(404)
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return file_reply(path.name, path.read_bytes(), modified, request)


def _listing(parts: list[str], names: list[str]) -> Reply:
    rows = [
        f'<li><a href="{escape(quote_segment(name.rstrip("/")) + "/" * name.endswith("/"))}">'
        f"{escape(name)}</a></li>"
        for name in names
    ]
    title = f"Files of userContent/{'/'.join(parts)}"
    return page(title, f"<h1>{escape(title)}</h1><ul>{''.join(rows)}</ul>")
