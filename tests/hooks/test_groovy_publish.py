"""Try the Pipeline step in a stand-in of a Pipeline: what it tells, and that it breaks no build."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import token_variable

pytestmark = pytest.mark.groovy

ROOT = Path(__file__).parents[2]
STEP = ROOT / "hooks" / "vars" / "squashPublish.groovy"
TABLE = json.loads((Path(__file__).parents[1] / "data" / "job_urls.json").read_text())
BASIC = ["echo", "error", "isUnix", "timeout", "withEnv", "withCredentials", "string", "sh"]
BASIC += ["archiveArtifacts", "junit", "powershell"]
KEPT = " (The build's result stays as it is.)"


class Pipeline:
    """A build of a Pipeline that calls the step; what it was told by steps is kept."""

    def __init__(self, jvm: Any, workspace: Path) -> None:
        self.jvm = jvm
        self.workspace = workspace
        self.env = {
            "JOB_NAME": "multi/tickets%2FDM-1",
            "BUILD_NUMBER": "407",
            "NODE_NAME": "agent",
            "PATH": "/usr/bin:/bin",
        }
        self.steps = list(BASIC)
        self.credentials: dict[str, str] = {}
        self.told: list[list[Any]] = []
        self.thrown = ""

    def publish(self, options: dict[str, Any] | None = None, **more: Any) -> list[str]:
        """Return what stands in the console."""
        answer = self.jvm.ask(
            "publish",
            options=options,
            env=self.env,
            steps=self.steps,
            credentials=self.credentials,
            workspace=str(self.workspace),
            **{"unix": True, **more},
        )
        self.told, self.thrown = answer["told"], answer["thrown"]
        return [each[1] for each in self.told if each[0] == "echo"]

    def only(self, tool: str) -> None:
        """Leave the agent nothing but one program."""
        folder = self.workspace / "only"
        folder.mkdir()
        (folder / tool).symlink_to(shutil.which(tool, path="/usr/bin:/usr/local/bin") or "")
        self.env["PATH"] = str(folder)

    def program(self, name: str, lines: str) -> None:
        folder = self.workspace / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{lines}\n")
        (folder / name).chmod(0o755)
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"


@pytest.fixture(scope="module")
def jvm(
    pipeline_command: Callable[[Path], list[str]], playing: Callable[[list[str]], Any]
) -> Iterator[Any]:
    started = playing(pipeline_command(STEP))
    yield started
    started.close()


@pytest.fixture
def pipeline(jvm: Any, tmp_path: Path) -> Pipeline:
    return Pipeline(jvm, tmp_path)


@pytest.mark.parametrize("file", [STEP, ROOT / "Jenkinsfile"], ids=lambda file: file.name)
def test_steps_get_only_parameters_that_they_have(jvm: Any, file: Path) -> None:
    names = jvm.ask("parameters", name=file.name, text=file.read_text())
    assert names["faults"] == []
    assert names["checked"] > 3


def test_parameters_that_a_step_does_not_have_are_noticed(jvm: Any, tmp_path: Path) -> None:
    text = "node { httpRequest(url: 'x', httpMethod: 'POST'); soon(at: 1) }"
    faults = jvm.ask("parameters", name="Jenkinsfile", text=text)["faults"]
    assert faults == ["httpRequest has no parameter httpMethod", "soon has no parameter at"]
    with pytest.raises(AssertionError, match="startup failed"):
        jvm.ask("parameters", name="Jenkinsfile", text="pipeline { stages } }")


def test_it_can_be_stored_at_each_step(jvm: Any) -> None:
    checks = jvm.ask("checks")
    assert checks["faults"] == []
    assert checks["checked"] > 10


def test_what_cannot_be_stored_is_noticed(
    pipeline_command: Callable[[Path], list[str]],
    playing: Callable[[list[str]], Any],
    tmp_path: Path,
) -> None:
    step = tmp_path / "bad.groovy"
    step.write_text(
        "import com.cloudbees.groovy.cps.NonCPS\n"
        "def call() { def found = 'a' =~ 'a'; echo 'x'; [1].each { echo 'y' } }\n"
        "@NonCPS def pure() { echo 'z' }\nreturn this\n"
    )
    jvm = playing(pipeline_command(step))
    assert jvm.ask("checks")["faults"] == [
        "call: each takes a closure",
        "pure: @NonCPS calls echo",
    ]
    answer = jvm.ask("publish", env={}, steps=BASIC, credentials={}, options=None)
    assert answer["thrown"].startswith("NotSerializableException")
    jvm.close()


@pytest.mark.parametrize("tools", ["curl", "python3"])
def test_a_redirect_is_not_followed(pipeline: Pipeline, told: Any, tools: str) -> None:
    pipeline.only(tools)
    told.statuses = [302]
    told.headers = {"Location": f"{told.url}/elsewhere"}
    assert "answers HTTP 302" in pipeline.publish({"serverUrl": told.url})[0]
    assert told.next()["path"] == "/api/notify/"
    assert told.requests.empty()


@pytest.mark.parametrize("tools", ["curl", "python3"])
def test_an_agent_tells_the_server(pipeline: Pipeline, told: Any, tools: str) -> None:
    pipeline.only(tools)
    pipeline.env |= {"JENKINS_URL": "https://ci.example.org/", "HOME": "/"}
    pipeline.env["JOB_NAME"] = "größe/$HOME"
    pipeline.credentials = {"squash": "the-token"}
    told.body = json.dumps({"id": 1, "url": "x", "page": f"{told.url}/the/page/"}).encode()
    console = pipeline.publish({"serverUrl": told.url + "/", "credentialsId": "squash"})
    assert console == [f"QA dashboard: {told.url}/the/page/"]
    assert told.next() == {
        "path": "/api/notify/",
        "type": "application/json",
        "token": "Bearer the-token",
        "status": 202,
        "controller": "",
        "job": "größe/$HOME",
        "build": 407,
        "event": "finalized",
        "jenkins": "https://ci.example.org/",
        "node": "agent",
    }
    assert pipeline.thrown == ""
    assert "the-token" not in str(pipeline.told)


def test_the_server_is_told_what_a_pull_request_is_to_be_merged_into(
    pipeline: Pipeline, told: Any
) -> None:
    pull = {"BRANCH_NAME": "PR-7", "CHANGE_ID": "7", "CHANGE_TARGET": 'a "$b"', "CHANGE_URL": "u"}
    pipeline.env |= {**pull, "CHANGE_AUTHOR": "somebody"}
    pipeline.publish({"serverUrl": told.url})
    notice = told.next()
    assert {key: notice[key] for key in pull} == pull
    assert not {"CHANGE_AUTHOR", "BRANCH_IS_PRIMARY"} & set(notice)


def test_the_site_s_environment_is_enough(pipeline: Pipeline, told: Any) -> None:
    pipeline.env |= {
        "SQUASH_SERVER_URL": told.url,
        "SQUASH_DASHBOARD_URL": "https://qa.example.org/squash/",
        "SQUASH_CREDENTIALS_ID": "squash",
        "SQUASH_CONTROLLER": "second",
        "SQUASH_FIRST_CONTROLLER": "main",
        "SQUASH_TITLE": "Quality",
    }
    pipeline.credentials = {"squash": "t"}
    page = "https://qa.example.org/squash/at/second/jobs/multi/tickets%252FDM-1/407/"
    assert pipeline.publish() == [f"Quality: {page}"]
    assert told.next()["controller"] == "second"


@pytest.fixture
def plugin(pipeline: Pipeline) -> Pipeline:
    """Return a build without an agent in a Jenkins that has the HTTP Request plugin."""
    del pipeline.env["NODE_NAME"]
    pipeline.steps.append("httpRequest")
    return pipeline


def test_the_http_request_plugin_needs_no_agent(plugin: Pipeline, told: Any) -> None:
    plugin.env["JOB_NAME"] = "größe"
    plugin.credentials = {"squash": "the-token"}
    told.body = b'{"page": "https://qa.example.org/p/"}'
    options = {"serverUrl": told.url, "credentialsId": "squash", "timeout": 7}
    assert plugin.publish(options) == ["QA dashboard: https://qa.example.org/p/"]
    notice = told.next()
    assert (notice["path"], notice["job"], notice["build"]) == ("/api/notify/", "größe", 407)
    assert (notice["token"], notice["type"]) == ("Bearer the-token", "application/json")
    (asked,) = [each[1] for each in plugin.told if each[0] == "httpRequest"]
    assert asked["customHeaders"][0]["maskValue"] is True
    assert asked["timeout"] == 7


def test_the_plugin_calls_a_server_that_is_away_by_a_status(plugin: Pipeline, told: Any) -> None:
    told.close()
    console = plugin.publish({"serverUrl": told.url})
    assert f"{told.url} cannot be reached: class java.net.ConnectException" in console[0]
    assert "408" not in console[0].replace(told.url, "")
    nowhere = plugin.publish({"serverUrl": "http://qa.invalid"})
    assert "http://qa.invalid cannot be reached: UnknownHostException" in nowhere[0]


@pytest.mark.parametrize("steps", [[], ["httpRequest"]], ids=["shell", "plugin"])
def test_only_a_server_that_queued_the_build_was_told(
    pipeline: Pipeline, told: Any, steps: list[str]
) -> None:
    pipeline.steps += steps
    told.statuses = [200]
    told.body = b"<html>Sign in</html>"
    console = pipeline.publish({"serverUrl": told.url})
    assert "answers HTTP 200, but has not queued the build: is serverUrl its root?" in console[0]
    assert console[0].endswith(KEPT)


def test_without_agent_and_plugin_it_says_what_to_do(pipeline: Pipeline) -> None:
    del pipeline.env["NODE_NAME"]
    console = pipeline.publish({"serverUrl": "https://qa.example.org"})
    assert "HTTP Request plugin is not installed" in console[0]
    assert console[-1].endswith("/jobs/multi/tickets%252FDM-1/407/")
    assert pipeline.thrown == ""


def test_windows_uses_powershell(pipeline: Pipeline) -> None:
    answer = '{"page": "https://qa.example.org/p/"}\r\n202\r\n'
    options = {"serverUrl": "https://qa.example.org"}
    console = pipeline.publish(options, unix=False, powershell=answer)
    assert console == ["QA dashboard: https://qa.example.org/p/"]


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "answers HTTP 401: is credentialsId"), (404, "is serverUrl its root?"), (500, "500")],
)
def test_a_server_that_refuses_fails_no_build(
    pipeline: Pipeline, told: Any, status: int, says: str
) -> None:
    told.statuses = [status]
    console = pipeline.publish({"serverUrl": told.url})
    assert says in console[0]
    assert console[0].endswith(KEPT)
    assert console[-1].startswith("QA dashboard: ")
    assert pipeline.thrown == ""


def test_failures_fail_the_build_where_that_was_asked_for(pipeline: Pipeline, told: Any) -> None:
    told.statuses = [500]
    pipeline.publish({"serverUrl": told.url, "failOn": ["error"]})
    assert "not published" in pipeline.thrown
    assert pipeline.told[-1][1].startswith("QA dashboard: "), "the link stands there all the same"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"serverUrl": "ftp://x", "mode": "server"}, "http(s) address"),
        (
            {"serverUrl": "http://127.0.0.1:9", "credentialsId": "gone"},
            "Could not find credentials",
        ),
        ({"serverUrl": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"serverUrl": "http://127.0.0.1:9", "failon": 3}, "there is no parameter failon"),
        ({"serverUrl": "http://127.0.0.1:9", "failOn": "never"}, "failOn knows"),
        ({"mode": "local", "timeout": "soon"}, "squash-jenkins is not on this agent"),
    ],
)
def test_mistakes_are_said_and_fail_no_build(
    pipeline: Pipeline, options: dict[str, Any], says: str
) -> None:
    pipeline.env["SQUASH_COMMAND"] = "/nowhere/squash-jenkins"
    assert says in "\n".join(pipeline.publish(options))
    assert pipeline.thrown == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mode": "local"}, "squash-jenkins is not on this agent"),
        ({"serverUrl": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_gate_that_could_not_be_checked_fails_the_build(
    pipeline: Pipeline, options: dict[str, Any], says: str
) -> None:
    pipeline.env["SQUASH_COMMAND"] = "/nowhere/squash-jenkins"
    console = pipeline.publish({**options, "failOn": "minimum, design"})
    assert says in console[0]
    assert KEPT not in console[0]
    assert "NOT CHECKED against failOn minimum design, so the build fails" in pipeline.thrown
    assert says in pipeline.thrown


def test_a_server_is_no_gate(pipeline: Pipeline, told: Any) -> None:
    told.body = b'{"page": "https://qa.example.org/p/"}'
    console = pipeline.publish({"serverUrl": told.url, "failOn": "minimum"})
    assert told.next()["build"] == 407
    assert console[-1] == "QA dashboard: https://qa.example.org/p/"
    assert "NOT CHECKED against failOn minimum" in pipeline.thrown
    assert "mode: 'local'" in pipeline.thrown


def test_it_gives_up_after_its_time(pipeline: Pipeline) -> None:
    pipeline.steps.append("httpRequest")
    options = {"serverUrl": "https://qa.example.org", "timeout": 1}
    console = pipeline.publish(options, hangs=True)
    assert "given up after 1 s" in console[0]
    assert pipeline.thrown == ""


def test_an_abort_by_a_person_goes_on(pipeline: Pipeline) -> None:
    pipeline.publish({"serverUrl": "https://qa.example.org"}, interrupted=True)
    assert pipeline.thrown.startswith("FlowInterruptedException")


HOOK = """
echo "$SQUASH_FAIL_ON|$SQUASH_JUNIT|$SQUASH_CONTROLLER"
echo "$SQUASH_MODE|$SQUASH_TIMEOUT|$SQUASH_CONTROLLERS__HILL__TOKEN"
"""


def test_local_mode_runs_the_hook_script(pipeline: Pipeline) -> None:
    (pipeline.workspace / "hooks").mkdir()
    (pipeline.workspace / "hooks" / "post_build.sh").write_text(HOOK)
    pipeline.credentials = {"api": "jenkins-token"}
    options = {
        "controller": "hill",
        "credentialsId": "api",
        "failOn": "minimum, regression",
        "junit": True,
        "artifacts": ["qa/*.json", "out/**"],
        "timeout": 30,
    }
    assert pipeline.publish(options) == [], "the hook prints the link"
    assert pipeline.told[1] == ["archiveArtifacts", "qa/*.json,out/**", True]
    assert "minimum regression|squash-junit.xml|hill\nlocal|20|jenkins-token" in pipeline.told[2][1]
    assert pipeline.told[-1] == ["junit", "squash-junit.xml", True]


@pytest.mark.parametrize("controller", ["", "my-jenkins", "__CI.of the_2"])
def test_local_mode_names_the_token_as_the_settings_do(pipeline: Pipeline, controller: str) -> None:
    variable = token_variable(controller or "jenkins")
    pipeline.program("squash-jenkins", f"env | grep -x '{variable}=.*'")
    pipeline.credentials = {"api": "jenkins-token"}
    pipeline.publish({"mode": "local", "credentialsId": "api", "controller": controller})
    assert f"{variable}=jenkins-token\n" in pipeline.told[1][1]


def test_local_mode_runs_the_command_where_no_script_is(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", 'echo "got $*"')
    pipeline.env["SQUASH_FILES"] = "out/*.json, *.json"
    (pipeline.workspace / "made.json").write_text("{}")
    pipeline.publish({"failOn": ["design", "regression"], "junit": "a b.xml", "controller": "c"})
    wanted = (
        "got post-build --wait 0 --strict --fail-on design --fail-on regression --junit a b.xml"
    )
    assert f"{wanted} --controller c --files out/*.json --files *.json" in pipeline.told[1][1]


@pytest.mark.parametrize(
    ("variable", "place"), [("SQUASH_COMMAND", "own/squash"), ("SQUASH_VENV", "")]
)
def test_local_mode_finds_the_command_outside_of_path(
    pipeline: Pipeline, variable: str, place: str
) -> None:
    path = pipeline.env["PATH"]
    pipeline.program("squash-jenkins", 'echo "got $*"')
    pipeline.env["PATH"] = path
    (pipeline.workspace / "own").mkdir()
    (pipeline.workspace / "own" / "squash").symlink_to("../bin/squash-jenkins")
    pipeline.env[variable] = str(pipeline.workspace / place)
    pipeline.publish({"mode": "local"})
    assert "got post-build --wait 0" in pipeline.told[1][1]


def test_squash_command_goes_before_path_and_must_exist(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", 'echo "got $*"')
    pipeline.env["SQUASH_COMMAND"] = "/nowhere/squash"
    console = pipeline.publish({"mode": "local"})
    assert "SQUASH_COMMAND is not a command: /nowhere/squash" in pipeline.told[1][1]
    assert "squash-jenkins is not on this agent" in console[0]


def test_the_step_and_the_script_look_for_the_command_in_the_same_places() -> None:
    step, script = STEP.read_text(), (ROOT / "hooks" / "post_build.sh").read_text()
    pattern = r"for candidate in (.*?); do"
    assert re.findall(pattern, step) == re.findall(pattern, script) != []


def test_a_build_that_could_not_be_stored_fails_where_that_was_asked_for(
    pipeline: Pipeline,
) -> None:
    strict = 'case "$*" in *--strict*) exit 1 ;; esac'
    pipeline.program("squash-jenkins", strict)
    assert "exit code 1" in pipeline.publish({"mode": "local"})[0]
    assert pipeline.thrown == ""
    pipeline.publish({"mode": "local", "failOn": "error"})
    assert "not published" in pipeline.thrown


def test_local_mode_and_the_real_script_understand_each_other(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", 'echo "got $*"; exit 3')
    pipeline.env["SQUASH_SERVER_URL"] = "http://127.0.0.1:9"
    script = str(ROOT / "hooks" / "post_build.sh")
    pipeline.publish({"mode": "local", "script": script, "failOn": "minimum", "timeout": 50})
    assert "got post-build --wait 0 --strict --fail-on minimum" in pipeline.told[1][1]
    assert "worse than failOn allows, or could not be checked" in pipeline.thrown


def test_a_missed_specification_fails_where_that_was_asked_for(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", "exit 3")
    pipeline.publish({"failOn": "minimum"})
    assert "worse than failOn allows, or could not be checked" in pipeline.thrown


def test_a_missed_specification_is_not_forgotten_without_junit(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", "exit 3")
    pipeline.steps.remove("junit")
    pipeline.publish({"failOn": "minimum", "junit": True})
    assert "worse than failOn allows, or could not be checked" in pipeline.thrown


def test_a_command_that_breaks_fails_no_build(pipeline: Pipeline) -> None:
    pipeline.program("squash-jenkins", "exit 1")
    assert "exit code 1" in pipeline.publish()[0]
    assert pipeline.thrown == ""


def test_local_mode_needs_an_agent_with_a_shell(pipeline: Pipeline) -> None:
    assert "POSIX shell" in pipeline.publish(unix=False)[0]
    del pipeline.env["NODE_NAME"]
    assert "needs an agent" in pipeline.publish()[0]


def test_its_own_links_are_those_of_the_site(pipeline: Pipeline) -> None:
    root = "https://qa.example.org/"
    sites = [
        {
            "dashboardUrl": root,
            "controller": case.get("controller", ""),
            "firstController": case.get("first", ""),
        }
        for case in TABLE
    ]
    cases = [
        {"site": site, "job": case["job"], "build": case["build"]}
        for site, case in zip(sites, TABLE, strict=True)
    ]
    pages = pipeline.jvm.ask("pages", cases=cases)
    wanted = [
        root if "~" in case["page"] and hashed(case) else root + case["page"] for case in TABLE
    ]
    assert pages == wanted


def hashed(case: dict[str, Any]) -> bool:
    """Return whether a name was cleaned: the step knows no hash and then links to all jobs."""
    return "~" not in case["job"] or case["why"] == "what looks hashed"
