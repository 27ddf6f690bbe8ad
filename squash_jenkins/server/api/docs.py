"""The documentation of the API: a page without scripts, made from the OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from squash_jenkins.server.access import Reads
from squash_jenkins.server.pages.page_frame import Frame, framed_page
from squash_jenkins.server.services import Here

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete")
_LEAD = "What programs can read and post"
_TITLES = {
    "technote": "Interface of the first prototype",
    "read": "Read",
    "submit": "Submit",
    "sign-in": "Sign-in",
}
Json = Mapping[str, Any]


@router.get("/api/docs")
@router.get("/api/docs/")
def docs(request: Request, here: Here, who: Reads) -> HTMLResponse:
    """Show the documentation of the API."""
    document = request.app.openapi()
    path = "api/docs/" if request.url.path.endswith("/") else "api/docs"
    root = "../" * path.count("/")
    return framed_page(
        here, Frame(path, "REST API", _LEAD), Markup("\n").join(_page(document, root))
    )


def _page(document: Json, root: str) -> Iterator[Markup]:
    yield Markup(
        '<div class="card note"><p>Responses are JSON; errors are problem documents that name the '
        "wrong field. Lists are paginated: follow <code>next</code> to the end. Programs sign in "
        "with <code>Authorization: Bearer sqj_…</code> or a name and password (HTTP Basic).</p>"
        '<p><a href="{0}api/openapi.json">The OpenAPI document</a> is for programs; '
        '<a href="{0}api/">/api/</a> lists the endpoints.</p></div>'
    ).format(root)
    by_tag: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                tag = (methods[method].get("tags") or ["others"])[0]
                by_tag.setdefault(tag, []).append((method, path, methods[method]))
    for tag in sorted(by_tag, key=lambda tag: (tag not in _TITLES, [*_TITLES, tag].index(tag))):
        yield Markup("<h2>{}</h2>").format(_TITLES.get(tag, tag.capitalize()))
        for method, path, operation in by_tag[tag]:
            yield _operation(document, method, path, operation)


def _operation(document: Json, method: str, path: str, operation: Json) -> Markup:
    head = Markup(
        '<details class="card operation" id="{}"><summary><span class="method {}">{}</span>'
        "<code>{}</code><span>{}</span></summary><div>"
    ).format(_place(method, path), method, method.upper(), path, operation.get("summary", ""))
    paragraphs = operation.get("description", "").split("\n\n")
    parts = [
        head,
        *(Markup("<p>{}</p>").format(each) for each in map(_with_code, paragraphs) if each),
    ]
    parts += [_parameters(operation), _bodies(operation), _responses(document, operation)]
    return Markup("\n").join([*parts, Markup("</div></details>")])


def _place(method: str, path: str) -> str:
    """Return the fragment identifier of an operation."""
    return "-".join([method, *re.findall(r"\w+", path)])


def _with_code(text: str) -> Markup:
    """Return a text in which backticks mark code."""
    parts = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def _parameters(operation: Json) -> Markup:
    rows = [
        (
            each["name"],
            _kind(each["schema"]),
            _description(each),
            "yes" if each.get("required") else "",
        )
        for each in operation.get("parameters", [])
    ]
    return _table("Parameters", ("Parameter", "Type", "Description", "Required"), rows)


def _description(parameter: Json) -> str:
    default = parameter["schema"].get("default")
    text = str(parameter.get("description", ""))
    return f"{text} Default: {default}." if default not in (None, "") else text


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"] if each != {"type": "null"})
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


def _bodies(operation: Json) -> Markup:
    content = operation.get("requestBody", {}).get("content", {})
    parts = [Markup("<p>Accepts {}.</p>").format(", ".join(content))] if content else []
    for of in content.values():
        for each in of.get("examples", {}).values():
            parts.append(_example(str(each.get("summary", "")), each.get("value")))
    return Markup("\n").join(parts)


def _example(title: str, value: Any) -> Markup:
    text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
    row = Markup("<details><summary>{}</summary><pre>{}</pre></details>")
    return row.format(title or "Example", text)


def _responses(document: Json, operation: Json) -> Markup:
    rows = [
        (status, of.get("description", "")) for status, of in operation.get("responses", {}).items()
    ]
    parts = [_table("Responses", ("Status", "Description"), rows)]
    for of in operation.get("responses", {}).values():
        schema = of.get("content", {}).get("application/json", {}).get("schema", {})
        if "$ref" in schema:
            parts += [_model(document, name) for name in _models(document, schema, set())]
    return Markup("\n").join(parts)


def _models(document: Json, schema: Any, seen: set[str]) -> Iterator[str]:
    """Yield the models that a schema refers to, directly or not, each once."""
    if isinstance(schema, list):
        for each in schema:
            yield from _models(document, each, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        yield name
        yield from _models(document, document["components"]["schemas"].get(name, {}), seen)
    for key, each in schema.items():
        if key != "$ref":
            yield from _models(document, each, seen)


def _model(document: Json, name: str) -> Markup:
    model = document["components"]["schemas"].get(name, {})
    rows = [
        (key, _kind(of), of.get("description", ""), ", ".join(map(str, of.get("examples", []))))
        for key, of in model.get("properties", {}).items()
    ]
    text = Markup("<p>{}</p>").format(_with_code(model.get("description", "")))
    inner = text + _table("", ("Field", "Type", "Description", "Example"), rows)
    return Markup("<details><summary>{}</summary>{}</details>").format(name, inner)


def _table(title: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Markup:
    if not rows:
        return Markup("")
    cells = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in head)
    lines = [
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(_with_code(str(cell))) for cell in row)
        )
        for row in rows
    ]
    table = Markup(
        '<section>{}<div class="scroll"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div></section>"
    )
    above = Markup("<h3>{}</h3>").format(title) if title else ""
    return table.format(above, cells, Markup("\n").join(lines))
