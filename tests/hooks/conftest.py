"""Run the Groovy hooks in a real Groovy against stand-ins of what they touch in Jenkins."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
HOOKS = HERE.parents[1] / "hooks"
STAND_INS = HERE / "stand_ins"
PATIENCE = 60.0


def groovy_jar() -> str:
    """Return the library that holds all of Groovy: Debian's, or that of a GROOVY_HOME."""
    places = [Path("/usr/share/java/groovy-all.jar")]
    home = Path(os.environ.get("GROOVY_HOME", "/usr/share/groovy"))
    places += sorted(home.glob("embeddable/groovy-all*.jar"))
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.fail("Groovy is missing: install Debian's package groovy, or set GROOVY_HOME")
    return str(found)


def java(*arguments: str, classes: Path | None = None) -> list[str]:
    path = os.pathsep.join([groovy_jar(), *([str(classes)] if classes else [])])
    quick = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]
    return ["java", *quick, "-cp", path, *arguments]


class Playing:
    """A JVM that plays a part of Jenkins: it takes one command a line and answers each."""

    def __init__(self, command: list[str], **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUASH_")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | environment,
            text=True,
            encoding="utf-8",
        )
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)

    def ask(self, command: str, **what: Any) -> Any:
        """Return what the JVM answers; fail the test when it cannot do it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"command": command, **what}) + "\n")
        self.process.stdin.flush()
        told = json.loads(self._answers.get(timeout=PATIENCE))
        assert "answer" in told, told
        return told["answer"]

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.process.stdout.close()


class Loopback(ThreadingHTTPServer):
    """A server whose clients may hang up."""

    def handle_error(self, *_: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            raise error or AssertionError("no error")


class Told:
    """A server that is told of builds: real HTTP on the loopback, answering as a test wants."""

    def __init__(self, port: int = 0) -> None:
        self.requests: queue.Queue[dict[str, Any]] = queue.Queue()
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.body = b"{}"
        self.go = threading.Event()
        self.go.set()
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.take(self)

            def do_GET(self) -> None:
                told.requests.put({"path": self.path, "method": "GET"})
                told.answer(self, 200, b'{"results": []}')

            def log_message(self, *_: Any) -> None:
                return None

        self._server = Loopback(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        status = self.statuses.pop(0) if self.statuses else 202
        notice = json.loads(body)
        self.requests.put(
            {
                "path": request.path,
                "status": status,
                "token": request.headers.get("Authorization"),
                "type": request.headers.get("Content-Type"),
                **notice,
            }
        )
        self.go.wait(PATIENCE)
        self.answer(request, status, self.body)

    def answer(self, request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def next(self) -> dict[str, Any]:
        """Return the next request, waiting for it."""
        return self.requests.get(timeout=PATIENCE)

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the compiled stand-ins: `jenkins`, and `credentials` apart."""
    folder = tmp_path_factory.mktemp("stand_ins")
    compiler = "org.codehaus.groovy.tools.FileSystemCompiler"
    for to, parts in (("jenkins", ("jenkins", "pipeline")), ("credentials", ("credentials",))):
        (folder / to).mkdir()
        files = [str(file) for part in parts for file in (STAND_INS / part).rglob("*.groovy")]
        subprocess.run(java(compiler, "-d", str(folder / to), *files), check=True, timeout=PATIENCE)
    return folder


@pytest.fixture(scope="session")
def start_controller(stand_ins: Path) -> Callable[..., Playing]:
    """Return a function that starts a JVM which plays the controller, with its environment."""
    driver, script = STAND_INS / "controller.groovy", HOOKS / "init.groovy.d" / "squash.groovy"
    words = [str(driver), str(script), str(stand_ins / "credentials") + "/"]

    def start(**environment: str) -> Playing:
        command = java("groovy.ui.GroovyMain", *words, classes=stand_ins / "jenkins")
        return Playing(command, **environment)

    return start


@pytest.fixture(scope="session")
def pipeline_command(stand_ins: Path) -> Callable[[Path], list[str]]:
    """Return a function that gives the command of a JVM which plays a Pipeline with a step."""
    driver, names = (str(STAND_INS / name) for name in ("pipeline.groovy", "parameters.json"))
    classes = stand_ins / "jenkins"
    return lambda step: java("groovy.ui.GroovyMain", driver, str(step), names, classes=classes)


@pytest.fixture(scope="session")
def playing() -> Callable[[list[str]], Playing]:
    """Return a function that starts a JVM by its command."""
    return Playing


@pytest.fixture
def told() -> Iterator[Told]:
    """Return a server that is told of builds."""
    server = Told()
    yield server
    server.close()
