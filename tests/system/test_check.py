import json
import re
from typing import Any

import click
import pytest

from squash_jenkins.commands import group
from squash_jenkins.simulate.state import Fault


def test_all_is_well(lab: Any) -> None:
    told = lab.run("check").stdout
    assert "FAIL" not in told
    assert "signed in: as dev" in told
    assert "version 2.263.4" in told
    assert "may set the description of ci_cfht #2" in told
    assert "reads artifacts: may read " in told


def test_a_reader_is_told_what_is_missing(lab: Any) -> None:
    lab.world.users["dev"].permissions = frozenset({"Overall/Read", "Job/Read"})
    told = lab.run("check", check=1).stdout
    assert "FAIL Jenkins lab: sets descriptions: may not set the description" in told
    assert "Run/Update" in told
    lab.write_settings('description = "off"')
    assert "sets descriptions: not needed" in lab.run("check").stdout


@pytest.mark.parametrize(
    ("formatter", "setting", "told"),
    [
        ("plain", "plain", "ok   Jenkins lab: descriptions: the link is text there"),
        ("html", "plain", "ok   Jenkins lab: descriptions: the link is text there; description"),
        ("html", "html", "ok   Jenkins lab: descriptions: links can be clicked there"),
        ("plain", "html", "FAIL Jenkins lab: descriptions: tags are shown as text there"),
    ],
)
def test_the_formatter_decides_what_a_description_can_be(
    lab: Any, formatter: str, setting: str, told: str
) -> None:
    lab.world.markup = formatter
    lab.write_settings(f'description = "{setting}"')
    assert told in lab.run("check", check=int(told.startswith("FAIL"))).stdout


def test_a_formatter_that_cannot_be_tried_is_no_fault(lab: Any) -> None:
    lab.world.faults.append(Fault("/markupFormatter/", status=404, times=99))
    told = lab.run("check").stdout
    assert "ok   Jenkins lab: descriptions: not tried: " in told


def test_somebody_who_sees_no_job_is_told(lab: Any) -> None:
    lab.world.anonymous = frozenset()
    lab.world.users["dev"].permissions = frozenset({"Overall/Read"})
    told = lab.run("check").stdout
    assert "warn Jenkins lab: reads jobs: 0 jobs visible\n     → If Jenkins has jobs, grant" in told
    assert "reads artifacts: no artifact to try it on yet" in told


def test_a_wrong_token_and_a_server_that_is_down(lab: Any) -> None:
    wrong = lab.run("check", check=1, SQUASH_CONTROLLERS__LAB__TOKEN="wrong").stdout
    assert "FAIL Jenkins lab: " in wrong
    assert "401" in wrong
    lab.jenkins.stop()
    assert "FAIL Jenkins lab: " in lab.run("check", check=1).stdout


def test_baselines_without_effect_are_warnings(lab: Any) -> None:
    lab.post_build("ci_cfht", 1)
    lab.write_settings('[[jobs]]\nmatch = "ci_cfht"\nbaseline = "ci_missing"')
    [found] = [f for f in json.loads(lab.run("check", "--json").stdout) if f["what"] == "baselines"]
    assert found["warning"]
    assert found["found"] == "no build of ci_missing, the baseline of 'ci_cfht', is stored"
    assert "baseline in [[jobs]]" in found["todo"]


def test_places_that_cannot_be_written_are_told_with_what_to_do(lab: Any) -> None:
    (lab.folder / "in_the_way").write_text("a file")
    lab.write_settings(
        'output = "in_the_way/site"\nblobs = "in_the_way/blobs"\n'
        'database = "sqlite:///in_the_way/a.sqlite"'
    )
    findings = {f["what"]: f for f in json.loads(lab.run("check", "--json", check=1).stdout)}
    for what in ("output folder", "blob store", "database"):
        assert findings[what]["well"] is False
        assert findings[what]["todo"]


def test_init_writes_a_file_that_loads_and_keeps_an_existing_one(lab: Any) -> None:
    (lab.folder / "squash.toml").unlink()
    url = lab.jenkins.url
    lab.run("init", "--url", url, "--user", "dev", "--public-url", "https://qa.example.org/")
    del lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    lab.environment["SQUASH_CONTROLLERS__JENKINS__TOKEN"] = "11d5hush5token"
    assert "FAIL" not in lab.run("check").stdout
    assert "already exists" in lab.run("init", check=2).stderr


def test_init_looks_at_the_formatter(lab: Any) -> None:
    settings = lab.folder / "squash.toml"
    del lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    told = lab.run("init", "--force", "--url", lab.jenkins.url).stdout
    assert "the link is text there" in told
    assert '# description = "plain"' in settings.read_text()
    lab.world.markup = "html"
    told = lab.run("init", "--force", "--url", lab.jenkins.url).stdout
    assert "links can be clicked there" in told
    assert '\ndescription = "html" ' in settings.read_text()
    lab.jenkins.stop()
    told = lab.run("init", "--force", "--url", lab.jenkins.url).stdout
    assert "Links in descriptions of builds were not tried: " in told


def test_every_key_of_the_settings_is_in_the_file_that_init_writes(lab: Any) -> None:
    from squash_jenkins import config

    (lab.folder / "squash.toml").unlink()
    lab.run("init")
    text = (lab.folder / "squash.toml").read_text()
    named = set(re.findall(r"^(?:# )?\[+\w+(?=[.\]])", text, re.MULTILINE))
    tables = {each.lstrip("# [") for each in named}
    models = [getattr(config, name) for name in config.__all__ if name.endswith("Settings")]
    assert len(models) == len(tables) + 1, "each table but the top is there"
    for model in models:
        for key in model.model_fields:
            if key not in ("folder", "token", "urls", *tables):
                assert f"{key} =" in text, key


def test_every_command_has_help(lab: Any) -> None:
    names = group.list_commands(click.Context(group))
    assert {"post-build", "demo"} <= {*names}
    for name in names:
        assert len(lab.run(name, "--help").stdout.splitlines()) > 4
    assert "Exit codes" in lab.run("--help").stdout
    lab.run("no-such", check=2)
