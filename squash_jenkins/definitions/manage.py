"""Read, compare and write definitions, for `squash-jenkins metrics`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from squash_jenkins.analysis.specifications.faults import warnings
from squash_jenkins.definitions.plain import load_plain
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.definitions.writing import folder_texts, plain_text
from squash_jenkins.errors import DocumentError
from squash_jenkins.models import LEVELS, Metric, Specification
from squash_jenkins.store import Reader

T = TypeVar("T")
SEED, DOCUMENT = "seed", "document"
"""Sources that are not loaded by hand: what comes with the program, and with QA documents."""
_PLAIN = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Definitions:
    """Hold metrics and specifications that were read or are stored."""

    metrics: Sequence[Metric] = ()
    specifications: Sequence[Specification] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold the names of specifications that are new, differ, or are no longer asked for."""

    new: Sequence[str]
    changed: Sequence[str]
    gone: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListedMetric:
    """Hold a metric with its present specifications and the sources of these."""

    metric: Metric
    specifications: Sequence[tuple[str, Specification]] = ()
    sources: Collection[str] = field(default_factory=set)


def read_paths(paths: Sequence[Path], known: Collection[str] = ()) -> Definitions:
    """Read folders and files; the content of each decides how it is read.

    A folder with ``metrics`` or ``specs`` in it is in the layout of lsst.verify_metrics; of any
    other the files that end like YAML or JSON are read, each in the plain form.

    Raises
    ------
    DocumentError
        One of them cannot be read, or two define the same name differently.
    """
    metrics: dict[str, Metric] = {}
    specifications: dict[str, Specification] = {}
    for path in paths:
        for found, asked in _read(path, known):
            for metric in found:
                _add(metrics, metric.document_name or metric.name, metric, path)
            for each in asked:
                _add(specifications, each.name, each, path)
    return Definitions(list(metrics.values()), list(specifications.values()))


def _read(
    path: Path, known: Collection[str]
) -> Sequence[tuple[Sequence[Metric], Sequence[Specification]]]:
    if (path / "metrics").is_dir() or (path / "specs").is_dir():
        return [load_definitions(path, known)]
    if not path.is_dir():
        return [load_plain(path)]
    files = sorted(file for file in path.iterdir() if file.suffix in _PLAIN)
    if not files:
        raise DocumentError(
            f"{path} holds no definitions: expected metrics/ and specs/, or YAML or JSON files"
        )
    return [load_plain(file) for file in files]


def _add(found: dict[str, T], name: str, thing: T, path: Path) -> None:
    if found.setdefault(name, thing) != thing:
        raise DocumentError(f"{path} and another of the given paths define {name} differently")


def difference(before: Sequence[Specification], after: Sequence[Specification]) -> Difference:
    """Compare specifications by name; a date that the store gave to one is no difference."""
    old = {each.name: each for each in before}
    new = {each.name: each for each in after}
    return Difference(
        sorted(new.keys() - old.keys()),
        sorted(name for name in new.keys() & old.keys() if not _alike(old[name], new[name])),
        sorted(old.keys() - new.keys()),
    )


def _alike(stored: Specification, given: Specification) -> bool:
    return stored == given or (given.since is None and replace(stored, since=None) == given)


def odd(reader: Reader, given: Definitions | None = None) -> list[str]:
    """Return a sentence for each odd specification that is given, else for all that are stored."""
    metrics, filters = reader.definitions.metrics(), reader.definitions.filters()
    if given is not None:
        known = {**metrics, **{each.name: each for each in given.metrics}}
        return warnings(given.specifications, known, filters)
    found: list[str] = []
    for source, specifications in reader.definitions.specifications_by_source().items():
        # Not every site has every filter that comes with the program or with a document.
        asked = filters if source not in (SEED, DOCUMENT) else ()
        found += warnings(specifications, metrics, asked)
    return list(dict.fromkeys(found))


def listed(reader: Reader, pattern: str = "*") -> list[ListedMetric]:
    """Return the metrics whose name, with or without its package, fits a glob."""
    asked: dict[str, list[tuple[str, Specification]]] = {}
    for source, specifications in reader.definitions.specifications_by_source().items():
        for each in sorted(specifications, key=_tightness):
            asked.setdefault(each.metric, []).append((source, each))
    sources = reader.definitions.sources()
    return [
        ListedMetric(
            metric,
            asked.get(name, []),
            sources.get(name, set()) | {source for source, _ in asked.get(name, [])},
        )
        for name, metric in reader.definitions.metrics().items()
        if any(fnmatchcase(part, pattern) for part in (name, name.partition(".")[2]))
    ]


def _tightness(specification: Specification) -> tuple[int, str]:
    """Sort by level, the loosest first; levels of a site's own come last."""
    level = specification.level
    return (LEVELS.index(level) if level in LEVELS else len(LEVELS), level)


def stored(reader: Reader, source: str | None = None) -> Definitions:
    """Return what a source defines now, else what all do but the documents.

    Raises
    ------
    DocumentError
        Two sources ask differently under one name.
    """
    by_source = reader.definitions.specifications_by_source()
    chosen = [source] if source else [name for name in by_source if name != DOCUMENT]
    found: dict[str, Specification] = {}
    for each in (each for name in chosen for each in by_source.get(name, [])):
        if found.setdefault(each.name, each) != each:
            raise DocumentError(
                f"{' and '.join(chosen)} ask differently under the name {each.name}; "
                "write one source at a time (--source)"
            )
    sources = reader.definitions.sources()
    used = {each.metric for each in found.values()}
    metrics = [
        metric
        for name, metric in reader.definitions.metrics().items()
        if name in used or set(chosen) & sources.get(name, set())
    ]
    return Definitions(metrics, list(found.values()))


def write_folder(folder: Path, definitions: Definitions) -> list[Path]:
    """Write the layout of lsst.verify_metrics into a folder, and return the files.

    Raises
    ------
    DocumentError
        A name cannot be written in that layout, or other definitions lie in the folder already.
    """
    texts = folder_texts(definitions.metrics, definitions.specifications)
    there = (file for part in ("metrics", "specs") for file in (folder / part).rglob("*.y*ml"))
    for file in sorted(there):
        if file.relative_to(folder).as_posix() not in texts:
            raise DocumentError(
                f"{file} would be read together with the written files; remove it first"
            )
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [folder / path for path in texts]


def as_plain(definitions: Definitions) -> str:
    """Return definitions as one file in the plain form."""
    return plain_text(definitions.metrics, definitions.specifications)
