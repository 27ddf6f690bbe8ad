"""The command runs inside of builds, where Jenkins has set the variables of the hooks, too."""

import json
import re
from pathlib import Path

import pytest

from squash_jenkins.config import load
from squash_jenkins.render.links import Links, build_page_url, quoted

ROOT = Path(__file__).parents[2]
TABLE = json.loads((ROOT / "tests" / "data" / "job_urls.json").read_text())
IN_HOOKS = sorted(
    {
        name
        for file in (ROOT / "hooks").rglob("*")
        if file.suffix in {".groovy", ".sh"}
        for name in re.findall(r"\bSQUASH_[A-Z]+(?:_[A-Z]+)*\b(?!_)", file.read_text())
        if name != "SQUASH_SETTINGS"  # the command's own
    }
)


@pytest.mark.parametrize("name", IN_HOOKS)
def test_a_variable_of_the_hooks_is_no_fault_in_the_settings(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "7")
    assert load().output.name == "site"


def test_the_variables_of_the_hooks_are_found() -> None:
    assert {"SQUASH_SERVER_URL", "SQUASH_ONLY_JOBS", "SQUASH_POST_BUILD"} <= set(IN_HOOKS)


@pytest.mark.parametrize("case", TABLE, ids=[case["why"] for case in TABLE])
def test_a_job_s_name_becomes_the_url_that_the_hooks_make(
    case: dict[str, str],
) -> None:
    controller, first = case.get("controller", ""), case.get("first", "")
    job, build = case["job"], int(case["build"])
    page = build_page_url("https://qa.example.org/", job, build, controller, first)
    assert page == "https://qa.example.org/" + case["page"]
    of_job = quoted(Links(first).job(controller, job).removesuffix("index.html"))
    assert of_job == case["job_page"]


def test_the_help_of_the_step_tells_every_parameter() -> None:
    step = (ROOT / "hooks" / "vars" / "squashPublish.groovy").read_text()
    known = re.search(r"List known = \[(.*?)\]", step, re.DOTALL)
    assert known is not None
    names = re.findall(r"'(\w+)'", known[1])
    told = (ROOT / "hooks" / "vars" / "squashPublish.txt").read_text()
    assert names == [name for name in names if f"\n{name} - " in told]
    of_site = re.findall(r"env\.(SQUASH_\w+)", step.split("def report")[0])
    assert of_site == [name for name in of_site if name in told]


def test_the_head_of_the_init_script_tells_every_setting() -> None:
    head, code = (
        (ROOT / "hooks" / "init.groovy.d" / "squash.groovy").read_text().split("*/\nimport", 1)
    )
    used = sorted(set(re.findall(r"'(SQUASH_[A-Z_]+)'", code)) - {"SQUASH_"})
    assert used == sorted(
        set(re.findall(r"^ \*.*?(SQUASH_[A-Z_]+) {2,}", head, re.MULTILINE))
        | {"SQUASH_TOKEN", "SQUASH_TOKEN_FILE"}
    )
