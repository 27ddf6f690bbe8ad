"""Try the init script of a controller: links, notices, and what must never reach a build."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.groovy

PHASES = ["onStarted", "onCompleted", "onFinalized"]
HOOK = ["SquashRunListener", "SquashJobLinks", "SquashRunLinks"]
TABLE = json.loads((Path(__file__).parents[1] / "data" / "job_urls.json").read_text())
QUICK = {"SQUASH_RETRY_SECONDS": "0.05", "SQUASH_RETRY_LIMIT": "0.1"}


class Controller:
    """A Jenkins over a folder, in which the init script is run."""

    def __init__(self, jvm: Any, home: Path) -> None:
        self.jvm = jvm
        self.home = home
        self.queue = home / "squash" / "queue"

    def start(
        self, secret: str | None = None, root: str | None = None, **settings: str
    ) -> list[str]:
        lines = [f"{name}={value}\n" for name, value in (QUICK | settings).items()]
        (self.home / "squash.properties").write_text("".join(lines), encoding="utf-8")
        return self.boot(secret=secret, root=root)

    def boot(self, **how: Any) -> list[str]:
        how = {"secret": None, "root": None, "system": {}, "global": {}, **how}
        extensions: list[str] = self.jvm.ask("start", home=str(self.home), **how)
        return extensions

    def finish(
        self, job: str = "ci_hsc", build: int = 1, phases: list[str] = PHASES, inside: str = ""
    ) -> str:
        """Let a build end; `inside` is the matrix of a configuration. Return its console."""
        what = {"job": job, "build": build, "phases": phases, "inside": inside}
        console: str = self.jvm.ask("fire", **what)
        return console

    def files(self) -> list[Path]:
        return sorted(self.queue.glob("*")) if self.queue.is_dir() else []

    def log(self) -> str:
        return "\n".join(self.jvm.ask("log"))


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another process does and tells nobody."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "waited for 30 s"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def jvm(start_controller: Callable[..., Any]) -> Iterator[Any]:
    playing = start_controller()
    yield playing
    playing.close()


@pytest.fixture
def controller(jvm: Any, tmp_path: Path) -> Iterator[Controller]:
    yield Controller(jvm, tmp_path)
    jvm.ask("stopOld")


def test_a_build_gets_its_line_and_the_server_is_told_of_its_end(
    controller: Controller, told: Any
) -> None:
    assert controller.start(SQUASH_SERVER_URL=told.url, root="https://ci.example.org/") == HOOK
    console = controller.finish("sqre/ci hsc", 407)
    assert console == f"QA dashboard: {told.url}/jobs/sqre/ci%20hsc/407/\n"
    notice = told.next()
    assert notice == {
        "path": "/api/notify/",
        "type": "application/json",
        "token": None,
        "status": 202,
        "controller": "",
        "job": "sqre/ci hsc",
        "build": 407,
        "event": "finalized",
        "jenkins": "https://ci.example.org/",
    }
    until(lambda: controller.files() == [])


def test_the_server_is_told_what_a_branch_is_to_be_merged_into(
    controller: Controller, told: Any
) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    pull = {"BRANCH_NAME": "PR-7", "CHANGE_ID": "7", "CHANGE_TARGET": "main", "CHANGE_URL": ""}
    branches = {"repo/PR-7": {**pull, "CHANGE_AUTHOR": "somebody"}, "repo/odd": {"FAULT": "yes"}}
    controller.jvm.ask("branches", branches=branches)
    controller.finish("repo/PR-7", 1)
    notice = told.next()
    assert {key: notice.get(key) for key in (*pull, "CHANGE_AUTHOR")} == {
        **pull,
        "CHANGE_URL": None,
        "CHANGE_AUTHOR": None,
    }
    for job in ("other", "repo/odd"):
        controller.finish(job, 1)
        notice = told.next()
        assert notice["job"] == job
        assert "CHANGE_ID" not in notice
    assert "The branch of a build is not known." in controller.log()


def test_nobody_is_told_before_a_build_is_finalized(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    controller.finish("early", 1, ["onStarted", "onCompleted"])
    controller.finish("late", 2)
    assert told.next()["job"] == "late"
    assert told.requests.empty()


def test_the_server_is_told_of_deleted_builds(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_CONTROLLER="hill")
    controller.finish(phases=["onDeleted"])
    notice = told.next()
    assert (notice["event"], notice["controller"], notice["jenkins"]) == ("deleted", "hill", "")


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[1]", b'{"a":' + b"0" * 20_000])
def test_only_an_answer_of_the_server_itself_counts(
    controller: Controller, told: Any, body: bytes
) -> None:
    told.statuses = [200]
    told.body = body
    controller.start(SQUASH_SERVER_URL=told.url)
    controller.finish()
    assert [told.next()["status"] for _ in range(2)] == [200, 202]
    assert "it answers HTTP 200 (is SQUASH_SERVER_URL the root of" in controller.log()


def test_the_server_may_leave_what_it_has_no_use_for(controller: Controller, told: Any) -> None:
    told.statuses = [200]
    told.body = b'{"state": "ignored", "detail": "a #1: deleted; what is stored of it stays."}'
    controller.start(SQUASH_SERVER_URL=told.url)
    controller.finish(phases=["onDeleted"])
    assert told.next()["status"] == 200
    until(lambda: controller.files() == [])
    assert "queued and sent later" not in controller.log()


def test_only_jobs_that_are_wanted_are_touched(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_ONLY_JOBS="sqre/*, ci_[hk]s?, !*/private*")
    for job in ("other", "sqre/a/private_b", "ci_xsc", "ci_hs"):
        assert controller.finish(job) == ""
        assert controller.jvm.ask("links", job=job) == []
    for job in ("sqre/a/b", "ci_hsc", "ci_ksc"):
        assert controller.finish(job) != ""
        assert len(controller.jvm.ask("links", job=job, build=3)) == 1
        assert told.next()["job"] == job
    assert told.requests.empty()


def test_the_configurations_of_a_matrix_go_with_it(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_ONLY_JOBS="drp/matrix, maven, !drp/*PY=2")
    configuration = "drp/matrix/DATASET=hsc,PY=3"
    assert controller.finish(configuration, 2, inside="drp/matrix").endswith("PY=3/2/\n")
    assert len(controller.jvm.ask("links", job=configuration, inside="drp/matrix")) == 1
    assert controller.finish("drp/matrix/DATASET=hsc,PY=2", inside="drp/matrix") == ""
    assert controller.finish("maven/org.example:module", inside="maven") == ""
    controller.finish("drp/matrix", 2)
    assert [told.next()["job"] for _ in range(2)] == [configuration, "drp/matrix"]
    assert told.requests.empty()


def test_a_matrix_that_is_left_out_takes_its_configurations_with_it(
    controller: Controller, told: Any
) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_ONLY_JOBS="!matrix")
    assert controller.finish("matrix/PY=3", inside="matrix") == ""
    assert controller.finish("other/PY=3", inside="other") != ""


def test_every_page_of_a_job_and_a_build_has_a_link(controller: Controller) -> None:
    controller.start(SQUASH_DASHBOARD_URL="https://qa.example.org/squash/", SQUASH_TITLE="Quality")
    of_job = [["graph.png", "Quality", "https://qa.example.org/squash/jobs/a/b/"]]
    of_build = [["graph.png", "Quality", "https://qa.example.org/squash/jobs/a/b/3/"]]
    assert controller.jvm.ask("links", job="a/b") == of_job
    assert controller.jvm.ask("links", job="a/b", build=3) == of_build


@pytest.mark.parametrize(
    "names", sorted({(case.get("controller", ""), case.get("first", "")) for case in TABLE})
)
def test_names_become_the_same_urls_as_in_python(
    controller: Controller, names: tuple[str, str]
) -> None:
    controller.start(
        SQUASH_DASHBOARD_URL="https://qa.example.org",
        SQUASH_CONTROLLER=names[0],
        SQUASH_FIRST_CONTROLLER=names[1],
    )
    cases = [case for case in TABLE if (case.get("controller", ""), case.get("first", "")) == names]
    jobs = [{"job": case["job"]} for case in cases]
    builds = [{"job": case["job"], "build": case["build"]} for case in cases]
    root = "https://qa.example.org/"
    for asked, key in ((jobs, "job_page"), (builds, "page")):
        pages = controller.jvm.ask("pages", cases=asked)
        assert pages == [[root + case[key]] for case in cases]


def test_a_server_that_is_down_loses_nothing(controller: Controller, told: Any) -> None:
    told.statuses = [503, 500, 404, 401, 429]
    controller.start(SQUASH_SERVER_URL=told.url)
    for build in (1, 2, 3):
        controller.finish(build=build)
    seen = [told.next() for _ in range(8)]
    assert sorted(each["build"] for each in seen if each["status"] == 202) == [1, 2, 3]
    until(lambda: controller.files() == [])
    assert controller.log().count("queued and sent later") == 1, "logged once in ten minutes"


def test_a_server_that_is_not_there_holds_no_build_up(controller: Controller, told: Any) -> None:
    told.close()
    controller.start(SQUASH_SERVER_URL=told.url)
    assert controller.finish(build=5) == f"QA dashboard: {told.url}/jobs/ci_hsc/5/\n"
    (kept,) = controller.files()
    assert json.loads(kept.read_bytes())["build"] == 5
    again = type(told)(told.port)
    assert again.next()["build"] == 5
    again.close()


def test_a_slow_server_holds_no_build_up(controller: Controller, told: Any) -> None:
    told.go.clear()
    controller.start(SQUASH_SERVER_URL=told.url)
    for build in range(1, 11):
        controller.finish(build=build)
    assert len(controller.files()) == 10, "all builds went on while the server says nothing"
    told.go.set()
    assert sorted(told.next()["build"] for _ in range(10)) == list(range(1, 11))


def test_a_server_that_never_answers_is_asked_again(controller: Controller, told: Any) -> None:
    told.go.clear()
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_TIMEOUT="0.2")
    controller.finish()
    told.next()
    assert told.next()["build"] == 1
    told.go.set()


def test_two_hundred_builds_at_once_are_told_by_two_threads(
    controller: Controller, told: Any
) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    storm = controller.jvm.ask("storm", job="ci_hsc", builds=200)
    daemon = True
    assert sorted(storm["threads"]) == [
        ["squash-sender", daemon],
        ["squash-sender", daemon],
        ["squash-writer", daemon],
    ]
    assert sorted(told.next()["build"] for _ in range(200)) == list(range(1, 201))
    until(lambda: controller.files() == [])
    assert told.requests.empty()


def test_the_queue_is_bounded(controller: Controller, told: Any) -> None:
    told.go.clear()
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_QUEUE_LIMIT="5")
    for build in range(1, 9):
        controller.finish(build=build)
    assert len(controller.files()) == 5
    assert "newer ones are dropped" in controller.log()


def test_running_the_script_again_replaces_the_hook(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    for _ in range(3):
        assert controller.jvm.ask("run") == HOOK
    assert controller.finish().count("QA dashboard") == 1
    assert told.next()["build"] == 1
    until(lambda: len(controller.jvm.ask("threads")) <= 3)
    assert told.requests.empty()


def test_notices_outlive_a_reload(controller: Controller, told: Any) -> None:
    told.statuses = [503] * 3
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_RETRY_SECONDS="3600")
    controller.finish(build=9)
    assert told.next()["status"] == 503
    controller.start(SQUASH_SERVER_URL=told.url)
    seen = [told.next() for _ in range(3)]
    assert [each["status"] for each in seen] == [503, 503, 202]


def test_switching_it_off_takes_everything_out(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    (controller.home / "squash.properties").write_text("SQUASH_ENABLED=false\n")
    assert controller.jvm.ask("run") == []
    until(lambda: controller.jvm.ask("threads") == [])


def test_what_the_server_refuses_is_dropped_and_said(controller: Controller, told: Any) -> None:
    told.statuses = [422]
    controller.start(SQUASH_SERVER_URL=told.url)
    controller.finish(build=1)
    told.next()
    until(lambda: controller.files() == [])
    assert '"build":1' in controller.log()
    controller.finish(build=2)
    assert told.next()["build"] == 2


def test_old_notices_are_dropped(controller: Controller, told: Any) -> None:
    controller.queue.mkdir(parents=True)
    old = controller.queue / "1000000000000-x-000001.json"
    old.write_text('{"build": 1}')
    told.statuses = [503]
    controller.start(SQUASH_SERVER_URL=told.url)
    assert told.next()["build"] == 1
    until(lambda: controller.files() == [])
    assert "older than" in controller.log()


def test_a_redirect_is_not_followed(controller: Controller, told: Any) -> None:
    told.statuses = [302]
    told.headers = {"Location": f"{told.url}/elsewhere"}
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_TOKEN="a-token")
    controller.finish()
    assert [told.next()["path"] for _ in range(2)] == ["/api/notify/"] * 2
    assert "give its final address" in controller.log()


@pytest.mark.parametrize("credential", ["secret-text", "pair"])
def test_the_token_comes_from_the_credentials_store(
    controller: Controller, told: Any, credential: str
) -> None:
    controller.start(
        SQUASH_SERVER_URL=told.url, SQUASH_CREDENTIALS_ID=credential, secret="of-the-store"
    )
    controller.finish()
    assert told.next()["token"] == "Bearer of-the-store"
    assert "of-the-store" not in controller.log()


def test_without_the_credential_notices_wait(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_CREDENTIALS_ID="none", secret="x")
    controller.finish()
    until(lambda: "no global credential with the id 'none'" in controller.log())
    assert len(controller.files()) == 1
    assert told.requests.empty()


def test_without_the_credentials_plugin_notices_wait(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_CREDENTIALS_ID="secret-text")
    controller.finish()
    until(lambda: "ClassNotFoundException" in controller.log())
    assert len(controller.files()) == 1


def test_the_token_may_come_from_a_file(controller: Controller, told: Any) -> None:
    file = controller.home / "token"
    file.write_text("of-the-file\n")
    controller.start(SQUASH_SERVER_URL=told.url, SQUASH_TOKEN_FILE=str(file))
    controller.finish()
    assert told.next()["token"] == "Bearer of-the-file"


def test_settings_have_an_order(controller: Controller) -> None:
    def page() -> str:
        ((_, _, url),) = controller.jvm.ask("links", job="a")
        return str(url)

    controller.start(SQUASH_DASHBOARD_URL="https://file.example.org")
    assert page() == "https://file.example.org/jobs/a/"
    of_jenkins = {"SQUASH_DASHBOARD_URL": "https://jenkins.example.org"}
    controller.boot(**{"global": of_jenkins})
    assert page() == "https://jenkins.example.org/jobs/a/"
    of_system = {"SQUASH_DASHBOARD_URL": "https://system.example.org"}
    controller.boot(**{"global": of_jenkins, "system": of_system})
    assert page() == "https://system.example.org/jobs/a/"


@pytest.mark.parametrize(
    "properties",
    ["", "SQUASH_DASHBOARD_URL=javascript:alert(1)", "SQUASH_DASHBOARD_URL=\\u00zz", "\0\0="],
)
def test_settings_that_make_no_sense_install_nothing(
    controller: Controller, properties: str
) -> None:
    (controller.home / "squash.properties").write_text(properties)
    assert controller.boot() == []
    assert controller.log() != ""


def test_a_disk_that_cannot_be_written_to_is_no_build_s_trouble(
    controller: Controller, told: Any
) -> None:
    (controller.home / "squash").write_text("a file where the folder should be")
    controller.start(SQUASH_SERVER_URL=told.url)
    controller.finish(build=4)
    assert told.next()["build"] == 4
    assert "cannot be written" in controller.log()


def test_what_breaks_inside_stays_inside(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    assert controller.jvm.ask("fireBroken") == ["onCompleted", "onFinalized", "onDeleted"]
    assert "got no link in its console" in controller.log()


def test_an_abort_stays_visible_to_jenkins(controller: Controller, told: Any) -> None:
    controller.start(SQUASH_SERVER_URL=told.url)
    assert controller.jvm.ask("interrupted", job="a", build=1, phases=["onFinalized"]) is True
    assert told.next()["build"] == 1


def test_killed_jenkins_tells_after_its_restart(
    start_controller: Callable[..., Any], tmp_path: Path, told: Any
) -> None:
    told.go.clear()
    first = Controller(start_controller(SQUASH_SERVER_URL=told.url), tmp_path)
    first.boot()
    first.finish(build=1)
    first.finish(build=2)
    assert sorted(told.next()["build"] for _ in range(2)) == [1, 2], "asked, not answered"
    first.jvm.kill()
    assert len(first.files()) == 2
    (first.queue / "1700000000000-x-000009.json.new").write_text('{"jo')
    told.go.set()
    second = Controller(start_controller(SQUASH_SERVER_URL=told.url), tmp_path)
    second.boot()
    assert sorted(told.next()["build"] for _ in range(2)) == [1, 2]
    until(lambda: second.files() == [])
    second.jvm.close()
