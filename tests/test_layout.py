"""Keep the folders of the package small enough to be a map."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "squash_jenkins"
LOOSE = {"__init__.py", "__main__.py", "errors.py", "plugins.py", "resources.py"}
MOST = 20
"""Python files that a folder may hold."""


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
