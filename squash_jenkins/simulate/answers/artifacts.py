"""Serve a build's archived files as Jenkins' artifact pages do."""

import io
import mimetypes
import re
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from squash_jenkins.simulate.answers.exchange import Reply, Request, container_error, page
from squash_jenkins.simulate.answers.view import quote_segment
from squash_jenkins.simulate.edition import SANDBOX
from squash_jenkins.simulate.state import Content, SimBuild, SimJob

POLICY = {
    "Content-Security-Policy": SANDBOX,
    "X-WebKit-CSP": SANDBOX,
    "X-Content-Security-Policy": SANDBOX,
}
TYPES = mimetypes.MimeTypes()  # built-in table: the machine's own must not change answers
PACKED = {"gzip": "application/gzip", "xz": "application/x-xz", "bzip2": "application/x-bzip2"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def artifact_reply(job: SimJob, build: SimBuild, parts: list[str], request: Request) -> Reply:
    """Answer for what lies at `parts` below the build's archive: a file, a folder or its ZIP."""
    paths = build.visible_artifacts()
    path = "/".join(parts)
    if path in paths:
        return file_reply(path, build.artifacts[path], _modified(build), request)
    if parts[-2:-1] == ["*zip*"]:
        return _zip_reply(build, _below(paths, parts[:-2]), "/".join(parts[:-2]))
    below = _below(paths, parts)
    if below or not parts:
        return _listing(job, build, parts, below)
    return container_error(404)


def _below(paths: list[str], parts: list[str]) -> list[str]:
    prefix = "".join(f"{each}/" for each in parts)
    return sorted(path for path in paths if path.startswith(prefix))


def _modified(build: SimBuild) -> datetime:
    """Return when the files were changed: by default at the end of the build; whole seconds."""
    end = build.archived or build.started + timedelta(seconds=build.duration)
    return end.astimezone(UTC).replace(microsecond=0)


def content_bytes(content: Content) -> bytes:
    """Return the bytes of an artifact, made now if they are made when asked."""
    return content if isinstance(content, bytes) else content()


def file_reply(path: str, content: Content, modified: datetime, request: Request) -> Reply:
    """Answer with a file under the policy that blocks every script."""
    if _is_unchanged(request, modified):
        return Reply(304, headers=dict(POLICY))
    # The type goes by the extension alone: a malformed .json is application/json all the same.
    plain, packing = TYPES.guess_type(path)
    kind = PACKED.get(packing or "", plain) or "application/octet-stream"
    when = format_datetime(modified, usegmt=True)
    headers = {
        **POLICY,
        "Last-Modified": when,
        "Expires": when,
        "Accept-Ranges": "bytes",
        "Content-Type": kind,
    }
    return _ranged(Reply(200, content_bytes(content), headers), request)


def _is_unchanged(request: Request, modified: datetime) -> bool:
    since = request.headers.get("if-modified-since")
    if not since:
        return False
    try:
        return modified <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # an unreadable or zoneless date asks for nothing
        return False


def _ranged(reply: Reply, request: Request) -> Reply:
    """Cut the reply to the range that was asked for; an unreadable range is ignored."""
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or asked.group(0) == "bytes=-":
        return reply
    size = len(reply.body)
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        reply.headers["Content-Range"] = f"bytes */{size}"
        return Reply(416, headers=reply.headers)
    reply.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Reply(206, reply.body[start:stop], reply.headers)


def _zip_reply(build: SimBuild, paths: list[str], folder: str) -> Reply:
    top = folder.rpartition("/")[2] or "archive"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            inner = path.removeprefix(f"{folder}/") if folder else path
            archive.writestr(f"{top}/{inner}", content_bytes(build.artifacts[path]))
    return Reply(200, packed.getvalue(), {"Content-Type": "application/zip"})


def _listing(job: SimJob, build: SimBuild, parts: list[str], paths: list[str]) -> Reply:
    prefix = "".join(f"{each}/" for each in parts)
    rows = []
    for path in paths:
        inner = path.removeprefix(prefix)
        link = "/".join(quote_segment(each) for each in inner.split("/"))
        rows.append(f'<li><a href="{escape(link)}">{escape(inner)}</a></li>')
    title = f"Artifacts of {job.name} #{build.number}"
    return page(title, f"<h1>{escape(title)}</h1><ul>{''.join(rows)}</ul>")
