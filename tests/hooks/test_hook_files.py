"""What goes with the hooks: configuration as code, services, README, and the project's own QA."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from squash_jenkins.formats.plain import Plain

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / "hooks"
README = (HOOKS / "README.md").read_text()
UNITS = sorted((HOOKS / "systemd").glob("*.service"))
QA = ROOT / ".ci" / "qa_json.py"


def command_names() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "squash_jenkins", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(re.findall(r"^  ([a-z-]+)  ", done.stdout, re.MULTILINE))


def test_every_command_that_the_readme_names_is_there() -> None:
    there = command_names()
    named = re.findall(r"squash-jenkins (?:--settings \S+ )?([a-z][a-z-]+)\b", "\n".join(code()))
    assert {"init", "check", "watch", "status", "post-build", "ingest", "demo"} <= set(named)
    assert set(named) <= there | {"squash-jenkins"}


def code() -> list[str]:
    """Return the fragments of code in the README."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`(squash-jenkins [a-z][^`]*)`", README)]


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_readme_s_fragments_are_shell(shell: str) -> None:
    blocks = code()
    assert blocks
    for block in blocks:
        subprocess.run([shell, "-n"], input=block, text=True, check=True, timeout=20)


def test_installing_the_init_script_as_the_readme_says(tmp_path: Path) -> None:
    [block] = [block for block in code() if "init.groovy.d" in block]
    home = {"JENKINS_HOME": str(tmp_path / "a b"), "PATH": "/usr/bin:/bin"}
    subprocess.run(["dash", "-eu", "-c", block], cwd=ROOT, env=home, check=True, timeout=20)
    assert (tmp_path / "a b/init.groovy.d/squash.groovy").is_file()
    assert "SQUASH_SERVER_URL=https://" in (tmp_path / "a b/squash.properties").read_text()


def test_every_file_that_the_readme_links_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (HOOKS / target).exists(), target
    anchors = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


OLDER = {
    "System": "Configure System",
    "Security": "Configure Global Security",
    "Global Trusted Pipeline Libraries": "Global Pipeline Libraries",
}


@pytest.mark.parametrize("older", OLDER.values())
def test_pages_of_jenkins_have_their_names_of_now_and_before(older: str) -> None:
    texts = [file.read_text() for file in [*HOOKS.rglob("*"), ROOT / "README.md"] if file.is_file()]
    text = re.sub(r"\s+(?:\* )?", " ", "\n".join(texts))
    [now] = [name for name, before in OLDER.items() if before == older]
    assert re.findall(rf".{{0,60}}(?<!{now} \(older: ){older}", text) == []
    assert f"{now} (older: {older})" in text


def test_configuration_as_code_names_the_library_and_holds_no_secret() -> None:
    casc = yaml.safe_load((HOOKS / "casc/squash.yaml").read_text())
    [library] = casc["unclassified"]["globalLibraries"]["libraries"]
    path = library["retriever"]["modernSCM"]["libraryPath"]
    assert (ROOT / path / "vars/squashPublish.groovy").is_file()
    [domain] = casc["credentials"]["system"]["domainCredentials"]
    [credential] = [each["string"] for each in domain["credentials"]]
    assert re.fullmatch(r"\$\{\w+\}", credential["secret"])
    [node] = casc["jenkins"]["globalNodeProperties"]
    given = {each["key"]: each["value"] for each in node["envVars"]["env"]}
    assert given["SQUASH_CREDENTIALS_ID"] == credential["id"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_services_run_what_there_is_and_may_write_in_one_place(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    [call] = re.findall(r"^ExecStart=\S+/squash-jenkins --settings \S+ (\w+)$", text, re.MULTILINE)
    assert call in command_names()
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    if shutil.which("systemd-analyze"):
        mine = tmp_path / unit.name
        mine.write_text(re.sub(r"(?<=ExecStart=)\S+", "/bin/true", text))
        done = subprocess.run(["systemd-analyze", "verify", mine], capture_output=True, text=True)
        assert unit.name not in done.stderr + done.stdout


def test_the_project_measures_itself_in_the_plain_format(tmp_path: Path) -> None:
    junit = tmp_path / "python-3.11.xml"
    junit.write_text(
        '<testsuites><testsuite><testcase name="a" time="1.5"><properties>'
        '<property name="post_build.ratio" value="1.25"/><property name="x" value="text"/>'
        '</properties></testcase><testcase name="b" time="0.25"><failure/></testcase>'
        "</testsuite></testsuites>"
    )
    coverage = tmp_path / "coverage.xml"
    coverage.write_text('<coverage line-rate="0.915"/>')
    output = tmp_path / "qa" / "project.json"
    command = [sys.executable, QA, junit, "--coverage", coverage, "--output", output]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    document = json.loads(output.read_text())
    assert Plain().recognises(document)
    values = {name: each["value"] for name, each in document["metrics"].items()}
    assert values["python-3.11.tests"] == 2
    assert values["python-3.11.failed"] == 1
    assert values["python-3.11.seconds"] == 1.75
    assert values["python-3.11.post_build.ratio"] == 1.25
    assert values["tests.coverage"] == 91.5
    modules = list((ROOT / "squash_jenkins").rglob("*.py"))
    assert values["code.modules"] == len(modules)
    assert values["code.lines"] == sum(file.read_text().count("\n") for file in modules)


def test_the_jenkinsfile_publishes_what_make_writes() -> None:
    text = (ROOT / "Jenkinsfile").read_text()
    assert "squashPublish()" in text
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"sh 'make ([a-z-]+)'", text))
    assert called == {"lint", "test", "coverage", "bench", "qa-json"}
    assert called <= targets
