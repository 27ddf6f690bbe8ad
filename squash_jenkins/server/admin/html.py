"""The HTML of the admin page; everything is escaped."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup, escape

from squash_jenkins.server.admin.action import Action, Field, Row
from squash_jenkins.server.admin.table_texts import description_of, grouped, title_of
from squash_jenkins.store.service.browse import Rows
from squash_jenkins.text.dates import utc_text

_SHORT, _LONG = 120, 20_000


class TableQuery(NamedTuple):
    """Which rows of a table to show; `page` counts from 1."""

    table: str
    search: str
    sort: str
    falling: bool
    page: int

    def link(self, **other: Any) -> str:
        """Return the query string of this with some changes."""
        new = self._replace(**other)
        order = "falling" if new.falling else "rising"
        pairs = {"search": new.search, "sort": new.sort, "order": order, "page": new.page}
        return f"?{urlencode(pairs)}"


def text_of(value: Any, most: int = _SHORT) -> str:
    """Return a value as text of limited length."""
    if value in (None, {}, []):
        return ""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def tables_html(names: Sequence[str]) -> Markup:
    """Return the tables, in groups."""
    return Markup("\n").join(_group(title, each) for title, each in grouped(names))


def _group(title: str, names: Sequence[str]) -> Markup:
    rows = Markup("\n").join(
        Markup('<dt><a href="{}/">{}</a></dt><dd>{}</dd>').format(
            each, title_of(each), description_of(each)
        )
        for each in names
    )
    return Markup(
        '<section class="card"><h2>{}</h2><dl class="facts tables">{}</dl></section>'
    ).format(title, rows)


def rows_html(query: TableQuery, found: Rows, refers: Mapping[str, str]) -> Markup:
    """Return rows of a table, with search, sorting and paging."""
    head = Markup("").join(_head(query, name) for name in found.columns)
    rows = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(_cell(name, row[name], refers, "../") for name in found.columns)
        )
        for row in found.rows
    )
    none = "" if found.rows else Markup('<p class="muted">No rows.</p>')
    return Markup(
        '<div class="card">{}'
        '<div class="scroll" role="region" aria-label="Rows" tabindex="0">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}{}</div>"
    ).format(_search(query), head, rows, none, _pages(query, found.more))


def row_html(row: Row, refers: Mapping[str, str], actions: Sequence[Action]) -> Markup:
    """Return all visible columns of a row, and the actions on it."""
    facts = Markup("\n").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, _value(name, value, refers, "../../", _LONG))
        for name, value in row.items()
    )
    buttons = Markup("\n").join(
        Markup('<a class="button" href="{}/">{}</a>').format(each.name, each.label)
        for each in actions
    )
    return Markup(
        '<div class="card"><p class="buttons">{}</p><dl class="facts row">{}</dl></div>'
    ).format(buttons, facts)


def form_html(action: Action, fields: Sequence[Field], token: str, fault: str = "") -> Markup:
    """Return the form of an action."""
    error = Markup('<p class="fault" role="alert">{}</p>').format(fault) if fault else ""
    return Markup(
        '<form class="card form" method="post" action="./">{}{}'
        '<input type="hidden" name="token" value="{}">'
        '<p class="buttons"><button class="button main" type="submit">{}</button> '
        '<a class="button" href="../">Cancel</a></p></form>'
    ).format(
        error, Markup("\n").join(map(_field, fields)), token,
        "Save" if fields else action.label,
    )  # fmt: skip


def _head(query: TableQuery, name: str) -> Markup:
    by = query.sort == name
    falling = by and not query.falling
    order = "descending" if query.falling else "ascending"
    sorted_by = Markup(' aria-sort="{}"').format(order) if by else ""
    mark = ("↓" if query.falling else "↑") if by else ""
    link = query.link(sort=name, falling=falling, page=1)
    return Markup('<th{}><a href="{}">{}</a> {}</th>').format(sorted_by, link, name, mark)


def _cell(name: str, value: Any, refers: Mapping[str, str], up: str) -> Markup:
    if name == "id":
        return Markup('<td><a href="{}/">{}</a></td>').format(value, value)
    return Markup('<td class="cut">{}</td>').format(_value(name, value, refers, up, _SHORT))


def _value(name: str, value: Any, refers: Mapping[str, str], up: str, most: int) -> Markup:
    if name in refers and value is not None:
        return Markup('<a href="{}{}/{}/">{}</a>').format(up, refers[name], value, value)
    return escape(text_of(value, most))


def _search(query: TableQuery) -> Markup:
    return Markup(
        '<form class="search" method="get" action="./" role="search">'
        '<label><input type="search" name="search" value="{}" maxlength="200" '
        'aria-label="Search" placeholder="Part of a text, or a key"></label> '
        '<input type="hidden" name="sort" value="{}"><input type="hidden" name="order" value="{}">'
        '<button class="button" type="submit">Search</button></form>'
    ).format(query.search, query.sort, "falling" if query.falling else "rising")


def _pages(query: TableQuery, more: bool) -> Markup:
    before = query.link(page=query.page - 1) if query.page > 1 else ""
    after = query.link(page=query.page + 1) if more else ""
    links = [(before, "Previous page"), (after, "Next page")]
    shown = (
        Markup('<a class="button" href="{}">{}</a>').format(*each) for each in links if each[0]
    )
    return Markup('<p class="turn">{} <span class="muted small">Page {}</span></p>').format(
        Markup(" ").join(shown), query.page
    )


def _field(field: Field) -> Markup:
    needed = Markup(" required") if field.needed else ""
    if field.choices:
        options = Markup("").join(
            Markup("<option{}>{}</option>").format(
                Markup(" selected") if each == field.value else "", each
            )
            for each in field.choices
        )
        inner = Markup('<select name="{}">{}</select>').format(field.name, options)
    elif field.kind == "area":
        plain = Markup('<textarea name="{}" rows="4">\n{}</textarea>')
        inner = plain.format(field.name, field.value)
    else:
        kind = "datetime-local" if field.kind == "time" else "text"
        plain = Markup('<input type="{}" name="{}" value="{}"{}>')
        inner = plain.format(kind, field.name, field.value, needed)
    return Markup("<p><label>{} {}</label></p>").format(field.label, inner)
