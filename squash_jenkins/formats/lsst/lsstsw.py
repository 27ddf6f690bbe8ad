"""Read the package versions that lsstsw leaves beside a build.

``manifest.txt`` lists name, commit and version of every package; ``repos.yaml``
tells where the repository of each known package is, built or not. They are two
files: `squash_jenkins.ingest.labels` completes the one by the other once all files
of a build are read.
"""

import re
from dataclasses import replace
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format
from squash_jenkins.formats.measured import new_report
from squash_jenkins.models import Package, Report

_BUILD_LINE = re.compile(r"BUILD=(\S+)")
_PACKAGE_LINE = re.compile(r"(?P<name>\S+)\s+(?P<sha>[0-9a-f]{40})\s+(?P<version>\S+)(?:\s+\S+)?")
_REPOSITORY_LINE = re.compile(
    rb"^(?:[\w.+-]+:[ \t]*|[ \t]+url:[ \t]*)[\"']?(?:https?|git|ssh)(?:://|@)", re.MULTILINE
)
_LARGEST_YAML = 1_000_000
"""Bytes; the real file has 12 000. YAML is slow to read, and larger files are something else."""
_MOST_VALUES = 20_000
"""Names, URLs and the like in the YAML; the real file has 700."""


class LsstswManifest(Format):
    """Read ``manifest.txt``: ``name commit version [dependencies]`` after a ``BUILD=`` line."""

    name = "lsstsw-manifest"
    order = 5

    def matches(self, document: Document) -> bool:
        """Return whether the first line that is no comment is ``BUILD=…``."""
        head = document.content[:4096].decode("utf-8", "replace").splitlines()
        lines = [line for line in head if line.strip() and not line.startswith("#")]
        return bool(lines) and _BUILD_LINE.fullmatch(lines[0].strip()) is not None

    def read(self, document: Document) -> list[Report]:
        """Read the packages; the build's name in lsstsw (``b1988``) goes to `extra`."""
        packages: dict[str, Package] = {}
        build = ""
        for number, line in enumerate(document.text.splitlines(), 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if found := _BUILD_LINE.fullmatch(text):
                build = found[1]
                continue
            package = _package(number, text)
            if package.name in packages:
                raise DocumentError(f"line {number} lists the package {package.name!r} again")
            packages[package.name] = package
        report = new_report(document, self.name)
        return [replace(report, packages=tuple(packages.values()), extra={"lsstsw_build": build})]


class LsstswRepositories(Format):
    """Read ``repos.yaml``: ``name: URL`` or ``name: {url: URL, ref: …, lfs: …}``."""

    name = "lsstsw-repositories"
    order = 6

    def matches(self, document: Document) -> bool:
        """Return whether this is small text in which names are followed by repository URLs."""
        if len(document.content) > _LARGEST_YAML or document.is_json:
            return False
        return _REPOSITORY_LINE.search(document.content) is not None

    def read(self, document: Document) -> list[Report]:
        """Read packages of which nothing but name and URL is known."""
        packages = [
            Package(name, url=_url(name, each)) for name, each in _mapping(document).items()
        ]
        return [replace(new_report(document, self.name), packages=tuple(packages))]


def _package(number: int, text: str) -> Package:
    found = _PACKAGE_LINE.fullmatch(text)
    if found is None:
        raise DocumentError(
            f"line {number} is {text[:80]!r}; expected name, commit (40 hexadecimal digits), "
            "version and perhaps dependencies"
        )
    return Package(found["name"], version=found["version"], revision=found["sha"])


def _mapping(document: Document) -> dict[str, object]:
    import yaml

    from squash_jenkins.formats.strict_yaml import BoundedLoader

    class NoAliases(BoundedLoader):
        """Refuse aliases: merged into one another, a few lines of them fill any memory."""

        most = _MOST_VALUES

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases (*name) are not read")
            return super().compose_node(parent, index)

    try:
        root = yaml.load(document.text, NoAliases)  # noqa: S506 -- a kind of SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError(f"the file is not YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(root, dict) or not all(isinstance(key, str) for key in root):
        raise DocumentError("the root of the YAML is no mapping of package names to URLs")
    return root


def _url(name: str, entry: object) -> str:
    url = entry.get("url") if isinstance(entry, dict) else entry
    if not isinstance(url, str) or not url:
        raise DocumentError(f"{name[:80]!r} has no URL; expected a URL or a mapping with 'url'")
    return url
