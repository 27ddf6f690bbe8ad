"""Write the files around the documents: plain JSON, lsstsw's two files, packing."""

import gzip
import json
import lzma
from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.models import Package

UNITS = {
    "latency_p50": "ms",
    "latency_p95": "ms",
    "latency_p99": "ms",
    "throughput": "requests/s",
    "error_rate": "%",
    "checkout_time": "ms",
    "render_time": "ms",
    "bundle_time": "s",
    "first_paint": "ms",
    "interaction": "ms",
    "script_size": "kB",
    "image_size": "MB",
}
"""Units of the metrics of a web shop's load test and benchmark."""


def load_test_document(quality: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Return a load test's ``{metric: {value, unit}}``, from the values wanted."""
    return {
        name: {"value": round(value, 3), "unit": UNITS[name]}
        for name, value in quality.items()
        if name in UNITS
    }


def plain_document(quality: Mapping[str, float]) -> dict[str, float]:
    """Return the remaining values as plain ``{metric: value}``."""
    return {name: round(value, 3) for name, value in quality.items() if name not in UNITS}


def pack(document: object, path: str) -> bytes:
    """Return a document as the bytes of an artifact, packed as the ending of `path` says.

    The same document gives the same bytes: no time of packing is kept.
    """
    text = json.dumps(document, separators=(",", ":")).encode()
    if path.endswith(".gz"):
        return gzip.compress(text, compresslevel=3, mtime=0)
    return lzma.compress(text, preset=0) if path.endswith(".xz") else text


def manifest(packages: Sequence[Package], build: int) -> bytes:
    """Return lsstsw's ``manifest.txt``: name, revision, version and dependencies a line."""
    lines = [f"# {'product':<23} {'SHA1':<40}  Version", f"BUILD=b{build}"]
    for i, each in enumerate(packages):
        needed = ",".join(other.name for other in packages[max(0, i - 3) : i])
        lines.append(f"{each.name:<25} {each.revision:<40}  {each.version:<40} {needed}".rstrip())
    return ("\n".join(lines) + "\n").encode()


def repos(packages: Sequence[Package]) -> bytes:
    """Return lsstsw's ``repos.yaml``: the repository of each package, some with more keys."""
    lines = ["# Where the source of each package is cloned from.", ""]
    for each in packages:
        if each.name.startswith("testdata_"):
            lines += [f"{each.name}:", f"  url: {each.url}", "  lfs: true"]
        else:
            lines.append(f"{each.name}: {each.url}")
    return ("\n".join(lines) + "\n").encode()
