"""Parse YAML that people wrote: whatever it is, the result is values or a DocumentError."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from squash_jenkins.errors import DocumentError

LARGEST = 20_000_000
"""Bytes of a file that is read."""
MOST = 500_000
"""Values in a document, each counted as often as it is referred to."""
_LONGEST_NUMBER = 400
"""Characters of a number: double precision has no more than 309 digits before the point.

PyYAML reads ``1:30:00`` as base 60, in a time that grows with the square of the length.
"""
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_LOOSE = "provenance_query"
"""Nothing ever evaluated it, and lsst.verify_metrics itself has a key twice in one."""
_FLOAT = "tag:yaml.org,2002:float"
_INT = "tag:yaml.org,2002:int"
_EXPONENT = re.compile(r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)[eE][-+]?\d++\Z")
"""Nothing is tried twice, however long the digits are: each part is kept once it has matched."""


class BoundedLoader(yaml.SafeLoader):
    """Refuse documents of more than `most` values before they fill the memory (about 1 kB each)."""

    most = MOST
    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Count a value, and read it."""
        self._values += 1
        if self._values > self.most:
            raise yaml.YAMLError(f"it holds more than {self.most} values")
        return super().compose_node(parent, index)


def _number(make: Callable[[Any, yaml.ScalarNode], Any]) -> Callable[[Any, yaml.ScalarNode], Any]:
    """Return what makes a number of a text that is not too long for one."""

    def made(loader: BoundedLoader, node: yaml.ScalarNode) -> Any:
        if len(node.value) > _LONGEST_NUMBER:
            raise _fault(node, f"a number of {len(node.value)} characters")
        return make(loader, node)

    return made


BoundedLoader.add_constructor(_INT, _number(BoundedLoader.construct_yaml_int))
BoundedLoader.add_constructor(_FLOAT, _number(BoundedLoader.construct_yaml_float))


class _Loader(BoundedLoader):
    """Read numbers such as 1e-5 as numbers, as JSON and YAML 1.2 do; PyYAML reads them as text."""


class _Dumper(yaml.SafeDumper):
    """Write every value in full, without references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _words(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Write line ends of any kind as escapes: PyYAML reads some of them as spaces."""
    return dumper.represent_scalar(_TEXT, text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _words)
for _each in (_Loader, _Dumper):
    _each.add_implicit_resolver(_FLOAT, _EXPONENT, list("-+.0123456789"))


def documents(file: Path) -> list[Any]:
    """Return the documents of a file; empty ones are left out.

    Raises
    ------
    DocumentError
        The file cannot be read or is too large, is not YAML, has a key twice or one that is not
        text, or refers to its own parts so often that it would not fit into memory.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise DocumentError(f"{file} has more than {LARGEST} bytes")
        text = file.read_text(encoding="utf-8")
        return [root for root in _roots(text) if root is not None]
    except (yaml.YAMLError, ValueError, OSError, OverflowError) as error:
        raise DocumentError(f"{file} cannot be read as YAML: {error}") from None
    except RecursionError:
        raise DocumentError(f"{file} cannot be read as YAML: it is nested too deeply") from None


def text_of(roots: Iterable[Any]) -> str:
    """Return documents as YAML that `documents` reads."""
    text: str = yaml.dump_all(
        list(roots),
        Dumper=_Dumper,
        explicit_start=True,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return text


def _roots(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node: Any = loader.get_node()
            _size(node, {})
            yield loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int | None]) -> int:
    """Return how many values a node stands for once every reference is followed."""
    if id(node) not in known:
        known[id(node)] = None
        known[id(node)] = 1 + sum(_size(each, known) for each in _parts(node))
    size = known[id(node)]
    if size is None:
        raise _fault(node, "it contains itself")
    if size > MOST:
        raise _fault(node, f"its references make more than {MOST} values of it")
    return size


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            _check_key(key, seen)
            yield from (each for _, each in value.value) if _is_loose(key, value) else [value]


def _is_loose(key: yaml.Node, value: yaml.Node) -> bool:
    return key.value == _LOOSE and isinstance(value, yaml.MappingNode)


def _check_key(key: yaml.Node, seen: set[str]) -> None:
    if key.tag == _MERGE:
        return
    if key.tag != _TEXT:
        raise _fault(key, "a key must be text; put it into quotes")
    if key.value in seen:
        raise _fault(key, f"the key {key.value[:80]!r} is repeated")
    seen.add(key.value)


def _fault(node: yaml.Node, what: str) -> ValueError:
    mark = node.start_mark
    return ValueError(f"line {mark.line + 1}, column {mark.column + 1}: {what}")
