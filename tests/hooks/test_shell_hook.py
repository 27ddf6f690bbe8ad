"""hooks/post_build.sh in each shell: what it calls, what it tells a server, and how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

HOOKS = Path(__file__).resolve().parents[2] / "hooks"
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
TOOLS = "sh dash bash busybox sed tr cut cat grep sleep ln mv rm mkdir find uname cksum env mktemp"
STUB = """#!/bin/sh
for each; do printf '<%s>' "$each"; done
printf '\\n'
umask
echo "QA dashboard: https://qa.example.org/jobs/hill/7/"
exit ${STUB_STATUS:-0}
"""


class Step:
    """A build step's folder and environment."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.folder, self.shell = folder, shell
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.have(*TOOLS.split())
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "JOB_NAME": "hill",
            "BUILD_NUMBER": "7",
        }

    def have(self, *tools: str) -> None:
        """Let the step find these programs; nothing else is on its machine."""
        for tool in tools:
            found = sys.executable if tool == "python3" else shutil.which(tool)
            assert found, f"{tool} is missing here"
            (self.bin / tool).symlink_to(found)

    def command(self, text: str, name: str = "squash-jenkins") -> Path:
        """Install a program."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)
        return self.bin / name

    def start(self, *options: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.shell, *options, str(HOOKS / "post_build.sh")],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def run(self, *options: str, status: int = 0, **variables: str) -> tuple[list[str], str]:
        """Run the hook; return the lines of its output, and what it told as errors."""
        with self.start(*options, **variables) as process:
            try:
                told, errors = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        assert process.returncode == status, told + errors
        return told.splitlines(), errors


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def step(request: Any, tmp_path: Path) -> Step:
    return Step(tmp_path, request.param)


@pytest.fixture
def dash(tmp_path: Path) -> Step:
    return Step(tmp_path, ["dash"])


class Server:
    """Something that takes notices; `status`, `answer` and `gate` say how it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.answer = 202, b'{"page": "https://qa.example.org/jobs/hill/7/"}'
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        taken = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.asked.append((self.path, dict(self.headers), body))
                taken.reached.set()
                taken.gate.wait(60)
                self.send_response(taken.status)
                self.send_header("Content-Length", str(len(taken.answer)))
                self.end_headers()
                self.wfile.write(taken.answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        self.gate.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def test_shellcheck_finds_nothing() -> None:
    subprocess.run(["shellcheck", str(HOOKS / "post_build.sh")], check=True, timeout=60)


def test_it_calls_the_command_and_the_link_comes_last(step: Step) -> None:
    step.command(STUB)
    lines, errors = step.run()
    assert lines[0] == "<post-build><--wait><0><--strict>"
    assert lines[1].endswith("022")
    assert lines[-1] == "QA dashboard: https://qa.example.org/jobs/hill/7/"
    assert errors == ""


def test_quick_commands_are_not_waited_for_longer_than_they_take(step: Step) -> None:
    step.command(STUB)
    for _ in range(100):  # a signal that comes too early is lost by some shells
        step.run(SQUASH_TIMEOUT="600")  # longer than a step may take here


def test_its_variables_become_options(step: Step) -> None:
    path = step.command(STUB, name="our squash")
    lines, _ = step.run(
        SQUASH_COMMAND=str(path),
        SQUASH_FAIL_ON="minimum, regression",
        SQUASH_JUNIT="a b.xml",
        SQUASH_FILES="out/*.json, **/qa.json.gz",
        SQUASH_CONTROLLER="hill",
    )
    assert lines[0] == (
        "<post-build><--wait><0><--strict><--fail-on><minimum><--fail-on><regression>"
        "<--files><out/*.json><--files><**/qa.json.gz>"
        "<--junit><a b.xml><--controller><hill>"
    )


@pytest.mark.parametrize(
    ("status", "given", "ends"),
    [
        ("1", {}, 0),
        ("1", {"SQUASH_STRICT": "1"}, 1),
        ("1", {"SQUASH_STRICT": "0"}, 0),
        ("3", {"SQUASH_FAIL_ON": "minimum"}, 3),
        ("1", {"SQUASH_FAIL_ON": "minimum"}, 3),
        ("2", {"SQUASH_FAIL_ON": "minimum", "SQUASH_STRICT": "1"}, 3),
        ("3", {}, 0),
    ],
)
def test_it_fails_the_build_only_when_told_to(
    dash: Step, status: str, given: dict[str, str], ends: int
) -> None:
    dash.command(STUB)
    _, errors = dash.run(status=ends, STUB_STATUS=status, **given)
    assert ("could not be ingested" in errors) == (status != "3" or not given)
    judged = status == "3" or "SQUASH_FAIL_ON" not in given
    assert ("NOT CHECKED against SQUASH_FAIL_ON=minimum, so the build fails: " in errors) != judged


def test_a_limit_that_cannot_be_checked_fails_the_build(dash: Step, server: Server) -> None:
    asked = {"SQUASH_FAIL_ON": "minimum"}
    _, errors = dash.run(status=3, SQUASH_COMMAND="none", **asked)
    assert "NOT CHECKED" in errors
    assert "SQUASH_COMMAND is not a command" in errors
    dash.have("curl")
    lines, errors = dash.run(status=3, SQUASH_SERVER_URL=server.url, **asked)
    assert server.asked, "the server is told all the same"
    assert "NOT CHECKED" in errors
    assert "SQUASH_MODE=local" in errors
    assert lines[-1] == "QA dashboard: https://qa.example.org/jobs/hill/7/"


def test_without_the_command_it_says_what_to_do(step: Step) -> None:
    link = {"SQUASH_DASHBOARD_URL": "https://qa.example.org/"}
    lines, errors = step.run(SQUASH_VENV="/nowhere", **link)
    if not Path("/opt/squash/bin/squash-jenkins").exists():
        assert "install it, set SQUASH_COMMAND or SQUASH_BOOTSTRAP" in errors
        assert lines == ["QA dashboard: https://qa.example.org/"]
        step.run(status=127, SQUASH_VENV="/nowhere", SQUASH_STRICT="1")


def test_outside_of_a_build_it_says_so(step: Step) -> None:
    _, errors = step.run(BUILD_NUMBER="")
    assert "JOB_NAME and BUILD_NUMBER are not set" in errors


def test_what_hangs_is_stopped(step: Step) -> None:
    step.have("mkfifo")
    os.mkfifo(step.folder / "never")
    step.command(f"#!/bin/sh\nexec cat {step.folder}/never\n")
    begun = time.monotonic()
    _, errors = step.run(status=124, SQUASH_TIMEOUT="1", SQUASH_STRICT="1")
    assert "stopped after 1 s" in errors
    assert time.monotonic() - begun > 0.9


LATER = """#!/bin/sh
[ "$3" = 0 ] && exit 0
{ echo "$*"; tr '\\0' '\\n' </proc/$$/environ; } >run
mv run second
exec cat "$PWD/never"
"""


def test_a_second_run_outlives_the_step_and_is_bounded(step: Step) -> None:
    step.have("mkfifo")
    os.mkfifo(step.folder / "never")
    step.command(LATER)
    own = {"BUILD_ID": "7", "JENKINS_NODE_COOKIE": "abc", "SQUASH_CONTROLLER": "hill"}
    lines, errors = step.run(SQUASH_AFTER="2", SQUASH_TIMEOUT="1", **own)
    assert lines == ["The build is read once more when it is over, within 2 s."]
    assert errors == ""
    until = time.monotonic() + 30
    while not (step.folder / "second").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    told = (step.folder / "second").read_text().splitlines()
    assert told[0] == "post-build --wait 2 --controller hill"
    assert {"BUILD_ID=dontKillMe", "JENKINS_NODE_COOKIE=dontKillMe", "BUILD_NUMBER=7"} <= set(told)
    while [line for line in command_lines() if str(step.folder) in line]:
        assert time.monotonic() < until, "it is stopped when its time is over"
        time.sleep(0.05)


def test_it_can_be_switched_off(step: Step) -> None:
    step.command(STUB)
    assert step.run(SQUASH_ENABLED="false") == ([], "")


JOBS = [
    "hill",
    "folder/a b #1",
    'say "hi" \\ there',
    "größe/測試",
    "multi/tickets%2FDM-1",
    "a,b={$x}`",
]


@pytest.mark.parametrize("job", JOBS)
def test_a_server_is_told_of_any_job(step: Step, server: Server, job: str) -> None:
    step.have("curl")
    token = os.urandom(9).hex()
    told = {"SQUASH_SERVER_URL": f"{server.url}/", "SQUASH_TOKEN": token, "JOB_NAME": job}
    lines, errors = step.run("-x", JENKINS_URL="https://j.example.org/", NODE_NAME='a "7"', **told)
    [(path, headers, body)] = server.asked
    assert (path, headers["Authorization"]) == ("/api/notify/", f"Bearer {token}")
    assert json.loads(body) == {
        "controller": "",
        "job": job,
        "build": 7,
        "event": "finalized",
        "jenkins": "https://j.example.org/",
        "node": 'a "7"',
    }
    assert lines[-1] == "QA dashboard: https://qa.example.org/jobs/hill/7/"
    assert token not in "".join(lines) + errors


def test_a_server_is_told_what_a_pull_request_is_to_be_merged_into(
    step: Step, server: Server
) -> None:
    step.have("curl")
    pull = {"BRANCH_NAME": "PR-7", "CHANGE_ID": "7", "CHANGE_TARGET": 'a "$b"', "CHANGE_URL": "u"}
    step.run(SQUASH_SERVER_URL=server.url, JOB_NAME="repo/PR-7", CHANGE_AUTHOR="somebody", **pull)
    [(_, _, body)] = server.asked
    assert json.loads(body) == {
        "controller": "",
        "job": "repo/PR-7",
        "build": 7,
        "event": "finalized",
        "jenkins": "",
        **pull,
    }


@pytest.mark.parametrize("tool", ["curl", "python3", "wget"])
def test_the_token_is_on_no_command_line(step: Step, server: Server, tool: str) -> None:
    step.have(tool)
    token = os.urandom(9).hex()
    (step.folder / "token").write_text(f"{token}\n")
    server.gate.clear()
    process = step.start(SQUASH_SERVER_URL=server.url, SQUASH_TOKEN_FILE="token", JOB_NAME="größe")
    assert server.reached.wait(30)
    seen = [line for line in command_lines() if str(server.url) in line]
    assert seen
    assert not [line for line in seen if token in line]
    server.gate.set()
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    [(_, headers, body)] = server.asked
    assert headers["Authorization"] == f"Bearer {token}"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["job"] == "größe"
    assert told.splitlines()[-1] == "QA dashboard: https://qa.example.org/jobs/hill/7/"


def command_lines() -> list[str]:
    """Return the command lines of all processes, as `ps` shows them."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has ended
            continue
    return lines


@pytest.mark.parametrize("tool", ["curl", "python3", "wget"])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "hold a token of this server?"),
        (404, "its root, without a sign-in page"),
        (302, "its root, without a sign-in page"),
        (200, "its root, without a sign-in page"),
    ],
)
def test_a_server_that_refuses_is_told_of(
    dash: Step, server: Server, tool: str, status: int, says: str
) -> None:
    dash.have(tool)
    server.status = status
    lines, errors = dash.run(status=1, SQUASH_SERVER_URL=server.url, SQUASH_STRICT="1")
    assert f"answers HTTP {status}, not 202 (queued)." in errors
    assert says in errors
    assert lines == [f"QA dashboard: {server.url}"]


@pytest.mark.parametrize("tool", ["curl", "python3", "wget"])
def test_a_server_that_is_away_or_slow_fails_no_build(
    dash: Step, server: Server, tool: str
) -> None:
    dash.have(tool)
    _, errors = dash.run(SQUASH_SERVER_URL="http://127.0.0.1:9")
    assert "cannot be reached" in errors
    server.gate.clear()
    dash.run(SQUASH_SERVER_URL=server.url, SQUASH_TIMEOUT="1")


def test_wrong_settings_of_server_mode_are_told(dash: Step) -> None:
    dash.have("curl")
    assert "http(s) address" in dash.run(SQUASH_SERVER_URL="ftp://x")[1]
    url = {"SQUASH_SERVER_URL": "http://127.0.0.1:9"}
    assert "cannot be read" in dash.run(SQUASH_TOKEN_FILE="/none", **url)[1]
    assert "no token has" in dash.run(SQUASH_TOKEN='a"\nb: c', **url)[1]
    (dash.bin / "curl").unlink()
    assert "neither curl nor python3" in dash.run(**url)[1]


def test_local_mode_may_be_asked_for_where_a_server_is_known(dash: Step) -> None:
    dash.command(STUB)
    lines, _ = dash.run(SQUASH_SERVER_URL="http://127.0.0.1:9", SQUASH_MODE="local")
    assert lines[0].startswith("<post-build>")
