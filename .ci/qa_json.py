"""Write what is measured of this project as its own QA document, in the plain format.

Run from the checkout: ``python .ci/qa_json.py [JUNIT_FILE …] --output build/qa/project.json``.
Sizes come from the sources as they stand, durations and outcomes from the JUnit files that
`make test` and `make bench` leave, ratios from the numeric properties that benchmarks record
there (pytest's ``record_property``). What was not run is not in the document.
"""

import argparse
import ast
import json
import math
import statistics
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LONG_FUNCTION = 40
LONG_MODULE = 300
Values = dict[str, dict[str, Any]]


def entry(value: float, unit: str, description: str) -> dict[str, Any]:
    """Return one metric as the plain format has it; the empty unit is a mere number."""
    return {"value": value, "unit": unit, "description": description}


def code_measures(package: Path) -> Values:
    """Return the sizes of the modules and functions below `package`, in lines."""
    modules = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    lines = [text.count("\n") for text in modules.values()]
    functions = [size for text in modules.values() for size in function_sizes(text)]
    long_functions = sum(size > LONG_FUNCTION for size in functions)
    long_modules = sum(size > LONG_MODULE for size in lines)
    return {
        "code.lines": entry(sum(lines), "", "Lines of the package"),
        "code.modules": entry(len(lines), "", "Modules of the package"),
        "code.functions": entry(len(functions), "", "Functions of the package"),
        "code.module_lines_max": entry(max(lines), "", "Lines of the longest module"),
        "code.function_lines_max": entry(max(functions), "", "Lines of the longest function"),
        "code.function_lines_mean": entry(
            round(statistics.fmean(functions), 3), "", "Mean lines of a function"
        ),
        "code.functions_too_long": entry(
            long_functions, "", f"Functions of more than {LONG_FUNCTION} lines"
        ),
        "code.modules_too_long": entry(
            long_modules, "", f"Modules of more than {LONG_MODULE} lines"
        ),
    }


def function_sizes(source: str) -> list[int]:
    """Return the lines of each function, its docstring and decorators left out."""
    return [
        _lines(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def junit_measures(file: Path) -> Values:
    """Return durations (seconds) and outcomes of the tests of one JUnit file, and its ratios.

    Names begin with the file's name: ``python-3.11.seconds``.
    """
    root = ET.parse(file).getroot()  # noqa: S314 - our own tests have written it
    cases = list(root.iter("testcase"))
    if not cases:
        return {}
    seconds = [float(case.get("time", 0)) for case in cases]
    failed = sum(case.find("failure") is not None for case in cases)
    broken = sum(case.find("error") is not None for case in cases)
    name = file.stem
    return {
        f"{name}.tests": entry(len(cases), "", "Tests that were run"),
        f"{name}.failed": entry(failed + broken, "", "Tests that failed"),
        f"{name}.seconds": entry(round(sum(seconds), 3), "s", "Duration of all tests"),
        f"{name}.seconds_max": entry(round(max(seconds), 3), "s", "Duration of the slowest test"),
        **dict(_properties(cases, name)),
    }


def _properties(cases: list[ET.Element], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for case in cases:
        for each in case.iter("property"):
            try:
                value = float(each.get("value", ""))
            except ValueError:  # a property that is no measurement
                continue
            if not math.isfinite(value):
                continue
            text = f"Measured by {case.get('name')}"
            yield f"{name}.{each.get('name')}", entry(value, "", text)


def coverage_measures(file: Path) -> Values:
    """Return the share of lines that tests reach, in percent, from a Cobertura file."""
    rate = float(ET.parse(file).getroot().get("line-rate", "nan"))  # noqa: S314 - see above
    return {"tests.coverage": entry(round(100 * rate, 2), "%", "Lines that tests reach")}


def main(arguments: list[str]) -> int:
    """Write the document; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("junit", nargs="*", type=Path, help="JUnit files")
    parser.add_argument("--coverage", type=Path, help="Cobertura file, where there is one")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    values = code_measures(ROOT / "squash_jenkins")
    for file in given.junit:
        values |= junit_measures(file)
    if given.coverage and given.coverage.is_file():
        values |= coverage_measures(given.coverage)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    document = {"metrics": values, "dataset": "squash_jenkins"}
    given.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{given.output}: {len(values)} metrics")  # noqa: T201 - it is a command
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
