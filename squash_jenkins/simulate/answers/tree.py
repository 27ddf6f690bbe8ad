"""Select what a JSON answer shows: by ``tree=`` or by depth, as Jenkins does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SCALARS = (str, int, bool, type(None))
TOKEN = re.compile(r"[\[\]{},]|[^\[\]{},]+")


class BadTree(ValueError):
    """The ``tree`` parameter cannot be parsed: Jenkins answers 500 with an HTML page."""


class BrokenField(Exception):
    """A field that Jenkins fails to show: it answers 500 with an HTML page."""


@dataclass(slots=True)
class Tree:
    """Hold what was asked of one field: its own fields, and the half-open range of a list."""

    children: dict[str, "Tree"] = field(default_factory=dict)
    start: int = 0
    stop: int | None = None
    _selected: "tuple[Mapping[str, Field], Selection] | None" = None

    def select(self, fields: "Mapping[str, Field]") -> "Selection":
        """Return which of `fields` are asked for; a list asks the same for each of its things."""
        if self._selected is None or self._selected[0] is not fields:
            found = [(name, offer.get, self.child(name)) for name, offer in fields.items()]
            self._selected = fields, [(name, get, asked) for name, get, asked in found if asked]
        return self._selected[1]

    def child(self, name: str) -> "Tree | None":
        """Return what was asked of the field `name`; ``*`` asks for every field."""
        return self.children.get(name) or self.children.get("*")


@dataclass(frozen=True, slots=True)
class Field:
    """Offer one field of an answer.

    It is shown without being asked where `visibility` is at least the level: 1 for the thing
    itself, 2 for things in it, 3 for things in those. 0 and less is shown only when asked for.
    """

    get: Callable[[Any], Any]
    visibility: int = 1


Selection = list[tuple[str, Callable[[Any], Any], Tree]]


@dataclass(slots=True)
class Bean:
    """Offer the fields of `source` under Jenkins' class name `kind` (None shows no class)."""

    kind: str | None
    source: Any
    fields: Mapping[str, Field]


def parse_tree(text: str) -> Tree:
    """Parse a ``tree`` parameter, ``jobs[name,builds[number]{0,10}]``; raise `BadTree`."""
    parser = _Parser(TOKEN.findall(text))
    tree = Tree(parser.fields())
    if parser.peek():
        raise BadTree(f"unexpected {parser.peek()!r} in tree={text}")
    return tree


class _Parser:
    """Walk through the tokens of a ``tree`` parameter."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        """Return the next token, the empty string at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str) -> bool:
        """Step over the next token if it is `wanted`."""
        found = self.peek() == wanted
        self.at += found
        return found

    def expect(self, wanted: str) -> None:
        """Step over `wanted` or raise `BadTree`."""
        if not self.take(wanted):
            raise BadTree(f"expected {wanted!r}, found {self.peek()!r}")

    def fields(self) -> dict[str, Tree]:
        """Parse fields that are separated by commas."""
        found: dict[str, Tree] = {}
        while self.peek() not in ("", "]"):
            name = self.peek().strip()
            if name in ("[", "{", "}", ","):
                raise BadTree(f"expected a name, found {name!r}")
            self.at += 1
            found[name] = self.one()
            if not self.take(",") and self.peek() not in ("", "]"):
                raise BadTree(f"expected ',' or ']', found {self.peek()!r}")
        return found

    def one(self) -> Tree:
        """Parse what stands behind a name: its fields and its range, both optional."""
        tree = Tree()
        if self.take("["):
            tree.children = self.fields()
            self.expect("]")
        if self.take("{"):
            tree.start, tree.stop = self.range()
        return tree

    def range(self) -> tuple[int, int | None]:
        """Parse ``M,N}``, ``,N}``, ``M,}`` or ``M}``, which is the single element at M."""
        first = self.number()
        if self.take("}"):
            if first is None:
                raise BadTree("a range holds at least one number")
            return first, first + 1
        self.expect(",")
        last = self.number()
        self.expect("}")
        if last is not None and last < (first or 0):
            raise BadTree(f"the range {{{first},{last}}} runs backwards")
        return first or 0, last

    def number(self) -> int | None:
        """Parse a number that may be left out."""
        token = self.peek().strip()
        if token in (",", "}"):
            return None
        if not token.isdecimal():
            raise BadTree(f"{token!r} is no number")
        self.at += 1
        return int(token)


def by_tree(value: Any, tree: Tree) -> Any:
    """Return what `tree` asks of `value`; unknown fields are dropped silently."""
    if isinstance(value, Bean):
        shown: dict[str, Any] = {"_class": value.kind} if value.kind else {}
        for name, get, asked in tree.select(value.fields):
            inner = get(value.source)
            shown[name] = inner if type(inner) in SCALARS else by_tree(inner, asked)
        return shown
    if isinstance(value, dict):
        return _plain_by_tree(value, tree)
    if isinstance(value, list):
        return [by_tree(each, tree) for each in value[tree.start : tree.stop]]
    return value


def _plain_by_tree(value: dict[str, Any], tree: Tree) -> dict[str, Any]:
    shown = {"_class": value["_class"]} if "_class" in value else {}
    for name, inner in value.items():
        asked = tree.child(name) if name != "_class" else None
        if asked:
            shown[name] = by_tree(inner, asked)
    return shown


def by_depth(value: Any, level: int = 1) -> Any:
    """Return what is shown of `value` without being asked; ``depth=1`` starts at level 0."""
    if isinstance(value, Bean):
        shown: dict[str, Any] = {"_class": value.kind} if value.kind else {}
        for name, offer in value.fields.items():
            if offer.visibility >= max(level, 1):
                shown[name] = by_depth(offer.get(value.source), level + 1)
        return shown
    if isinstance(value, dict):
        return {name: by_depth(inner, level) for name, inner in value.items()}
    if isinstance(value, list):
        return [by_depth(each, level) for each in value]
    return value
