"""Hold a request and its reply, and make the replies for what goes wrong.

A real Jenkins answers errors in HTML whatever the Accept header asks for. Three kinds differ in
their headers: those of its web container, those styled as Jenkins pages, and those of its
object-to-URL mapper. Only the second kind carries ``X-Jenkins``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from squash_jenkins.simulate.answers.tree import BadTree, BrokenField, by_depth, by_tree, parse_tree
from squash_jenkins.simulate.edition import Edition

CONTAINER_HTML = "text/html;charset=iso-8859-1"
PAGE_HTML = "text/html;charset=utf-8"
JSON = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """Hold one request. `path` is raw, without query and prefix; `form` has query and body fields.

    Header names are in lower case.
    """

    method: str
    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str = "http://127.0.0.1"

    @property
    def segments(self) -> list[str]:
        """Return the parts of the path, each decoded once."""
        return [unquote(each) for each in self.path.split("/") if each]


@dataclass(slots=True)
class Reply:
    """Hold one reply; `jenkins` is whether it carries X-Jenkins, `packable` may be gzipped."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    jenkins: bool = False
    packable: bool = False
    chunked: bool = False


class Refused(Exception):
    """A request that ends with the error reply `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


def page(title: str, body: str, status: int = 200) -> Reply:
    """Return an HTML page of Jenkins; `body` is HTML."""
    text = f"{PAGE_HEAD}<title>{escape(title)} [Jenkins]</title></head><body>{body}</body></html>"
    headers = {
        "Content-Type": PAGE_HTML,
        "Cache-Control": "no-cache,no-store,must-revalidate",
        "X-Hudson": "1.395",
    }
    return Reply(status, text.encode(), headers, jenkins=True)


def container_error(status: int, reason: str = "") -> Reply:
    """Return an error of the web container: plain HTML, no X-Jenkins."""
    reason = reason or HTTPStatus(status).phrase
    text = (
        f"<html><head><title>Error {status}</title></head>"
        f"<body><h2>Error {status}</h2><p>{escape(reason)}</p></body></html>"
    )
    headers = {
        "Cache-Control": "must-revalidate,no-cache,no-store",
        "Content-Type": CONTAINER_HTML,
    }
    return Reply(status, text.encode("iso-8859-1", "xmlcharrefreplace"), headers)


def styled_error(status: int, reason: str, **headers: str) -> Reply:
    """Return an error styled as a Jenkins page, with X-Jenkins."""
    reply = page("Error", f"<h1>Oops!</h1><p>{escape(reason)}</p>", status)
    reply.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    if status == 500:
        reply.headers["Connection"] = "close"
    return reply


def unknown_path() -> Reply:
    """Return the 404 for a path below an existing job or build: chunked, no X-Jenkins."""
    text = (
        "<html><head><meta http-equiv='refresh' content='1;url=..'/></head>"
        "<body>There is no such page here.</body></html>"
    )
    return Reply(404, text.encode(), {"Content-Type": PAGE_HTML}, chunked=True)


def sign_in_needed(request: Request, permission: str, implied: str | None) -> Reply:
    """Return the 403 of a closed server to an anonymous visitor: it leads a browser to /login."""
    to = f"/login?from={quote(request.path, safe='')}"
    text = (
        f"<html><head><meta http-equiv='refresh' content='1;url={to}'/></head>"
        "<body>Authentication required</body></html>"
    )
    headers = {
        "Content-Type": PAGE_HTML,
        "X-You-Are-Authenticated-As": "anonymous",
        "X-Required-Permission": permission,
    }
    if implied:
        headers["X-Permission-Implied-By"] = implied
    return Reply(403, text.encode(), headers, jenkins=True, chunked=True)


def getting_ready(edition: Edition) -> Reply:
    """Return the page of a starting Jenkins: 503, no X-Jenkins, no Retry-After."""
    title, heading = edition.starting
    text = f"<html><head><title>{title}</title></head><body><h1>{heading}</h1></body></html>"
    return Reply(503, text.encode(), {"Content-Type": PAGE_HTML, "Cache-Control": "no-cache"})


def redirect(request: Request, path: str) -> Reply:
    """Return a 302; its Location has the Host that was asked, whatever the root URL is."""
    return Reply(302, headers={"Location": f"{request.base}{path}"})


def json_reply(value: Callable[[], Any], request: Request) -> Reply:
    """Return what the request asks of `value`: by ``tree``, else by ``depth``; maybe ``pretty``."""
    if "jsonp" in request.form:
        return container_error(403, "jsonp is forbidden")
    try:
        tree = parse_tree(request.form["tree"]) if "tree" in request.form else None
        depth = int(request.form.get("depth") or 0)
    except ValueError as error:
        reason = "tree" if isinstance(error, BadTree) else "depth"
        return styled_error(500, f"A problem occurred with the parameter {reason}")
    try:
        shown = by_tree(value(), tree) if tree else by_depth(value(), 1 - depth)
    except BrokenField:
        return styled_error(500, "A problem occurred while processing the request")
    if request.form.get("pretty", "false") == "false":
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    else:
        text = json.dumps(shown, ensure_ascii=False, indent=2)
    headers = {"Content-Type": JSON, "X-Frame-Options": "deny"}
    whole = text.encode("utf-8", "backslashreplace")  # half a character is written as its escape
    return Reply(200, whole, headers, jenkins=True, packable=True)


PAGE_HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{font:15px/1.5 system-ui,sans-serif;color:#222}
body{max-width:60rem;margin:0 auto;padding:0 1rem 3rem}
nav{background:#23303c;color:#fff;margin:0 -1rem 1.5rem;padding:.6rem 1rem}
nav a{color:#cfe3f5}a{color:#0b6aa2}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem}
pre{background:#f4f5f6;padding:.8rem;overflow-x:auto;white-space:pre-wrap}
table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem 0;text-align:left;vertical-align:top}
.description{background:#f4f8fb;border-left:4px solid #5b9bd5;padding:.6rem .8rem}
.ball{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.5em}
.blue{background:#3f8ed0}.yellow{background:#e5a816}.red{background:#cf3f3f}
.aborted,.notbuilt,.disabled{background:#9aa3ab}.muted{color:#69737c}
</style>"""
