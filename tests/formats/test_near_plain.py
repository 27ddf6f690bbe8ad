"""What is nearly a plain file is read, or told; what is no measurement at all is left alone."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.models import Report

OTHERS = {
    "package.json": {"name": "a", "version": "1.0.0", "scripts": {"test": "jest"}, "private": True},
    "package-lock.json": {
        "name": "a",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": {"name": "a"}},
    },
    "tsconfig.json": {"compilerOptions": {"target": "es2022"}, "include": ["src"]},
    ".prettierrc": {"printWidth": 100, "tabWidth": 4, "semi": False},
    ".eslintrc.json": {"root": True, "env": {"browser": True}, "rules": {"semi": [2, "always"]}},
    "angular.json": {"version": 1, "projects": {}, "newProjectRoot": "projects"},
    "vercel.json": {"version": 2, "name": "site"},
    "lerna.json": {"version": "1.4.0", "npmClient": "yarn"},
    "coverage-summary.json": {"total": {"lines": {"total": 9, "covered": 8, "pct": 88.9}}},
    "jest.json": {"numTotalTests": 5, "numFailedTests": 0, "success": True, "testResults": []},
    "sarif": {"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif", "runs": []},
    "bom.json": {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": []},
    "app.js.map": {"version": 3, "file": "app.js", "sources": ["a.ts"], "mappings": "AAAA"},
    "manifest of an image": {"schemaVersion": 2, "mediaType": "application/json", "layers": []},
    "badge": {"schemaVersion": 1, "label": "coverage", "message": "85%", "color": "green"},
    "build of Jenkins": {
        "_class": "hudson.model.FreeStyleBuild",
        "number": 5,
        "duration": 71,
        "building": False,
        "actions": [],
        "result": "SUCCESS",
    },
    "build information": {"buildNumber": 12, "commit": "ab", "timestamp": 1760000000},
    "versions": {"version": "1.2.3", "branch": "main", "date": "2026-01-01"},
    "terraform output": {"count": {"sensitive": False, "type": "number", "value": 3}},
    "terraform.tfstate": {
        "version": 4,
        "serial": 3,
        "lineage": "x",
        "outputs": {},
        "resources": [],
    },
    "editor": {"editor.tabSize": 4, "files.eol": "lf", "files.encoding": "utf8"},
    "words": {"words": "only"},
    "GeoJSON": {"type": "Point", "coordinates": [1.0, 2.0]},
    "nothing": {},
    "names without values": {"version": "1", "depth": None},
}


def read(formats: Sequence[Format], root: Any) -> list[Report] | None:
    content = json.dumps(root).encode()
    return read_document(Document("a.json", "0" * 64, len(content), content), formats)


@pytest.mark.parametrize("name", OTHERS)
def test_other_json_is_not_taken_for_metrics(formats: Sequence[Format], name: str) -> None:
    assert read(formats, OTHERS[name]) is None


@pytest.mark.parametrize(
    ("root", "values", "kept"),
    [
        ({"latency": 1, "commit": "ab"}, {"latency": 1}, {"commit": "ab"}),
        (
            {"Latency": 1.5, "size": None, "Git-Branch": "main", "build_number": 7, "host": "n1"},
            {"Latency": 1.5, "size": None},
            {"Git-Branch": "main", "build_number": 7, "host": "n1"},
        ),
        (
            {"metrics": {"latency": 1}, "mode": "fast", "passed": True, "seed": 3},
            {"latency": 1},
            {"mode": "fast", "passed": True, "seed": 3},
        ),
        ({"build": 4, "version": 2}, {"build": 4, "version": 2}, {}),
    ],
)
def test_what_stands_beside_numbers_is_kept(
    formats: Sequence[Format], root: Any, values: dict[str, float], kept: dict[str, Any]
) -> None:
    [found] = read(formats, root) or []
    assert {each.metric: each.value for each in found.measurements} == values
    assert found.extra == kept


def test_a_flat_file_names_its_dataset_and_filter(formats: Sequence[Format]) -> None:
    [found] = read(formats, {"latency": 1, "dataset": "cfht", "filter": "r"}) or []
    assert (found.dataset, found.filter, len(found.measurements)) == ("cfht", "r", 1)


def test_what_else_a_value_says_is_kept(formats: Sequence[Format]) -> None:
    value = {"value": 2.0, "unit": "ms", "min": 1.5, "samples": [1.5, 2.5], "note": "warm"}
    [found] = read(formats, {"latency": value}) or []
    [measured] = found.measurements
    assert (measured.value, measured.unit) == (2.0, "ms")
    assert measured.extra == {"min": 1.5, "samples": [1.5, 2.5], "note": "warm"}


@pytest.mark.parametrize(
    ("root", "key", "words"),
    [
        ({"latency": 1, "size": 2, "mode": "fast"}, "$.mode", '"metrics"'),
        ({"latency": 1, "took": "0.3 s"}, "$.took", "a number"),
        ({"latency": {"value": "fast"}, "size": 2}, "$.latency.value", "a number"),
        ({"latency": {"value": 1, "ok": True}, "size": 2}, "$.latency.ok", "numbers"),
        ({"name": "latency", "value": 1.2, "unit": "ms"}, "$.value", '{"latency": {"value"'),
    ],
)
def test_what_keeps_a_near_plain_file_from_being_read_is_named(
    formats: Sequence[Format], root: Any, key: str, words: str
) -> None:
    with pytest.raises(DocumentError) as error:
        read(formats, root)
    assert key in str(error.value)
    assert words in str(error.value)
