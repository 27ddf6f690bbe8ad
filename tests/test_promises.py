"""Each promise in docs/promises.md names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "promises.md"


def promises() -> list[tuple[str, list[str]]]:
    """Return each promise with its tests; ``::name`` stands for the file before it."""
    found = []
    for promise, places in re.findall(r"^\| (.+?) \| (`tests/.+) \|$", PAGE.read_text(), re.M):
        file, tests = "", []
        for place in re.findall(r"`([^`]+)`", places):
            file = place.partition("::")[0] or file
            tests.append(f"{file}::{place.partition('::')[2]}")
        found.append((promise, tests))
    return found


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def test_every_promise_names_tests_that_exist() -> None:
    found = promises()
    assert len(found) > 25
    missing = [
        (promise, test)
        for promise, tests in found
        for test in tests
        if not (ROOT / test.partition("::")[0]).is_file()
        or test.partition("::")[2] not in functions_of(test.partition("::")[0])
    ]
    assert missing == []
