"""The documentation builds, and its reference says something about every command and setting."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REFERENCE: dict[str, Any] = runpy.run_path(str(ROOT / ".ci/docs/reference.py"))
COMMANDS: dict[str, click.Command] = dict(REFERENCE["commands"]())


@pytest.mark.parametrize("page", ["commands", "settings"])
def test_generated_pages_are_those_of_the_code(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert text == REFERENCE[f"{page}_page"](), "run: make docs"


def test_every_command_and_option_has_a_description() -> None:
    assert len(COMMANDS) > 30
    without = [name for name, command in COMMANDS.items() if not (command.help or "").strip()]
    for name, command in COMMANDS.items():
        for each in command.params:
            if isinstance(each, click.Option):
                said = bool((each.help or "").strip())
            else:
                said = str(each.human_readable_name) in (command.help or "")
            without += [] if said else [f"{name} {each.name}"]
    assert without == []


def test_every_key_of_the_settings_has_a_description() -> None:
    models = [REFERENCE["Settings"], *REFERENCE["TABLES"].values()]
    keys = [(model, key) for model in models for key in model.model_fields]
    assert len(keys) > 50
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert {key for _, key in keys if f"- `{key}`: " not in page} == {
        *("folder", "controllers", "findings", "notify", "plots", "server", "jobs")
    }
    assert [
        (model.__name__, key)
        for model, key in keys
        if not REFERENCE["descriptions"](model).get(key, "").strip()
    ] == []


def test_the_pictures_of_noise_are_those_of_the_program() -> None:
    from tests.benchmarks.noise_pictures import FOLDER, PICTURES, drawn, picture

    page = (ROOT / "docs/detection.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(noise/([\w-]+)\.svg\)", page)) == sorted(PICTURES)
    for name, kind in PICTURES.items():
        text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert text == picture(drawn(kind)), "run: python -m tests.benchmarks.noise_pictures"


def test_every_table_of_the_settings_is_on_the_page() -> None:
    from squash_jenkins import config

    models = {name for name in config.__all__ if name.endswith("Settings")} - {"Settings"}
    assert {model.__name__ for model in REFERENCE["TABLES"].values()} == models


def test_the_map_of_the_code_names_every_package() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    packages = {file.parent.name for file in (ROOT / "squash_jenkins").glob("*/__init__.py")}
    assert len(packages) > 15
    assert {name for name in packages if f"`{name}/`" not in text} == set()


def shell_lines(page: Path) -> list[str]:
    """Return the calls of the command on a page."""
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    lines = [line.partition("#")[0] for line in blocks.replace("\\\n", " ").splitlines()]
    calls = [*lines, *re.findall(r"`(squash-jenkins [^`]*)`", text)]
    return [call for each in calls for call in re.findall(r"squash-jenkins [a-z].*", each)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_name_commands_and_options_that_exist(page: Path) -> None:
    for call in shell_lines(page):
        words = re.findall(r"(?<!\S)[a-z][a-z-]*", call)
        names = [name for n in (3, 2) if (name := " ".join(words[:n])) in COMMANDS]
        assert names, f"{page.name}: {call}"
        options = {option for each in COMMANDS[names[0]].params for option in each.opts}
        named = set(re.findall(r"(?<!\S)--[a-z-]+", call))
        assert named - {"--help", "--settings"} <= options, f"{page.name}: {call}"


def test_a_page_with_a_wrong_call_would_be_found() -> None:
    assert sum(len(shell_lines(page)) for page in PAGES) > 30


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path),
            *("--config-file", ROOT / ".ci/docs/mkdocs.yml"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert (
            re.findall(r"<(?:link|script|img|iframe)[^>]+(?:src|href)=.?(?:https?:)?//", text) == []
        )
    assert (tmp_path / "hooks/post_build.sh").is_file()
