"""Keep the folders of the package small enough to be a map, and those of tests like them."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.resolve().parent
PACKAGE = ROOT / "squash_jenkins"
LOOSE = {"__init__.py", "__main__.py", "errors.py", "plugins.py", "resources.py"}
MOST = 20
"""Python files that a folder may hold."""
NO_PACKAGE = {
    "ancestors",  # faults of earlier dashboards, none of which may come back
    "benchmarks",  # figures, not right or wrong
    "crash",  # programs that are killed at any instant
    "dashboards",  # the folder dashboards/
    "hooks",  # the folder hooks/
    "system",  # whole programs
}
"""Folders of tests that mirror no package."""
UNTESTED = {"models"}
"""Packages without a folder of tests: records, shown by the tests of what makes and reads them."""


def test_only_five_modules_lie_loose_at_the_top() -> None:
    assert {file.name for file in PACKAGE.glob("*.py")} == LOOSE


def test_no_folder_holds_more_files_than_a_reader_can_take_in() -> None:
    folders = [PACKAGE, *(each for each in PACKAGE.rglob("*") if each.is_dir())]
    counts = {each.name: len(list(each.glob("*.py"))) for each in folders}
    assert len(counts) > 20
    assert {name: count for name, count in counts.items() if count > MOST} == {}


def test_every_folder_says_what_it_is_for() -> None:
    files = list(PACKAGE.rglob("__init__.py"))
    assert len(files) > 20
    for file in files:
        assert file.read_text(encoding="utf-8").startswith('"""'), file


def test_folders_of_tests_mirror_the_packages() -> None:
    packages = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    files = [*TESTS.rglob("test_*.py"), *TESTS.rglob("bench_*.py")]
    folders = {file.relative_to(TESTS).parts[0] for file in files if file.parent != TESTS}
    assert folders - packages == NO_PACKAGE
    assert packages - folders == UNTESTED
