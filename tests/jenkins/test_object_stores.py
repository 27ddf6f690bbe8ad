"""Download what is not on Jenkins' own disk: object stores, proxies, servers with certificates."""

import gzip
import random
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

from squash_jenkins.config import Controller
from squash_jenkins.errors import DocumentError, PermissionMissing, UnexpectedAnswer, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, BuildId

BUILD = BuildId("lab", "ci", 1)
CONTENT = random.Random(1).randbytes(300_000)
MIB = 2**20
PATH = "/job/ci/1/artifact/"


class Store(BaseHTTPRequestHandler):
    """Answer like an object store, or like servers that send without a length."""

    protocol_version = "HTTP/1.1"
    seen: list[str | None]
    asked: list[str]
    since: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.since.append(self.headers.get("If-Modified-Since"))
        self.seen.append(self.headers.get("Authorization"))
        getattr(self, self.path.rpartition("/")[2].partition(".")[0])()

    def away(self) -> None:
        port = self.server.server_address[1]
        self._head(302, Location=f"http://localhost:{port}/bucket/kept.json", Content_Length="0")

    def around(self) -> None:
        self._head(302, Location=f"{PATH}around.json", Content_Length="0")

    def dated(self) -> None:
        if "bucket" not in self.path:
            self._head(302, Location="/bucket/dated.json", Content_Length="0")
        elif self.headers.get("If-Modified-Since"):
            self._head(304)
        else:
            self._head(200, Content_Length="2", Last_Modified="Sun, 01 Mar 2026 12:00:00 GMT")
            self.wfile.write(b"{}")

    def login(self) -> None:
        self._head(302, Location="/signin/form.html", Content_Length="0")

    def form(self) -> None:
        body = b"<form><input name=j_username>"
        self._head(200, Content_Type="text/html", Content_Length=str(len(body)))
        self.wfile.write(body)

    def kept(self) -> None:
        self._head(200, Content_Length="2")
        self.wfile.write(b"{}")

    def bomb(self) -> None:
        self._chunks([gzip.compress(bytes(50 * MIB))], Content_Encoding="gzip")

    def packed(self) -> None:
        self._chunks([gzip.compress(CONTENT)], Content_Encoding="gzip")

    def endless(self) -> None:
        self._chunks([bytes(MIB)] * 50)

    def huge(self) -> None:
        self._head(200, Content_Length=str(200 * MIB))
        self.close_connection = True

    def cut(self) -> None:
        self._chunks([CONTENT], end=len(self.seen) > 1)
        self.close_connection = True

    def _chunks(self, parts: list[bytes], end: bool = True, **headers: str) -> None:
        self._head(200, Transfer_Encoding="chunked", **headers)
        try:
            for part in parts:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            if end:
                self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:  # the client has seen enough
            self.close_connection = True

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def handler() -> type[Store]:
    """Return a handler that remembers what it is asked."""
    return type("Handler", (Store,), {"seen": [], "asked": [], "since": []})


@pytest.fixture
def seen(handler: type[Store]) -> list[str | None]:
    """Return the Authorization headers that the store saw."""
    return handler.seen


@pytest.fixture
def server(handler: type[Store]) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def root(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def store(root: str) -> Iterator[JenkinsClient]:
    with JenkinsClient(Controller("lab", root, "u", "t"), sleep=lambda _: None) as client:
        yield client


def test_a_redirect_to_an_object_store_is_followed_without_credentials(
    store: JenkinsClient, seen: list[str | None], tmp_path: Path
) -> None:
    assert store.download(BUILD, Artifact("away.json"), tmp_path / "f", MIB) == 2
    assert [each is not None for each in seen] == [True, False]


def test_a_redirect_to_a_sign_in_page_is_told(store: JenkinsClient, tmp_path: Path) -> None:
    with pytest.raises(PermissionMissing, match="sign-in page"):
        store.download(BUILD, Artifact("login.json"), tmp_path / "f", MIB)


@pytest.mark.parametrize("path", ["bomb.json", "endless.json"])
def test_fact_19_the_limit_holds_without_a_length(
    store: JenkinsClient, tmp_path: Path, path: str
) -> None:
    with pytest.raises(DocumentError, match="larger than the limit"):
        store.download(BUILD, Artifact(path), tmp_path / "f", MIB)
    assert list(tmp_path.iterdir()) == []


def test_an_announced_size_over_the_limit_is_not_read(
    store: JenkinsClient, seen: list[str | None], tmp_path: Path
) -> None:
    with pytest.raises(DocumentError, match="larger than the limit"):
        store.download(BUILD, Artifact("huge.json"), tmp_path / "f", MIB)
    assert len(seen) == 1


def test_fact_19_a_compressed_transfer_is_unpacked(store: JenkinsClient, tmp_path: Path) -> None:
    assert store.download(BUILD, Artifact("packed.json"), tmp_path / "f", MIB) == len(CONTENT)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_chunked_transfer_that_breaks_off_is_tried_again(
    store: JenkinsClient, tmp_path: Path
) -> None:
    assert store.download(BUILD, Artifact("cut.json"), tmp_path / "f", MIB) == len(CONTENT)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_redirects_that_never_end_are_told(store: JenkinsClient, tmp_path: Path) -> None:
    with pytest.raises(UnexpectedAnswer, match="Exceeded 30 redirects"):
        store.download(BUILD, Artifact("around.json"), tmp_path / "f", MIB)


def test_an_object_store_may_say_that_nothing_changed(
    store: JenkinsClient, handler: type[Store], tmp_path: Path
) -> None:
    for _ in range(2):
        assert store.download(BUILD, Artifact("dated.json"), tmp_path / "f", MIB, tmp_path) == 2
        assert (tmp_path / "f").read_bytes() == b"{}"
    assert handler.since == [None, None, *["Sun, 01 Mar 2026 12:00:00 GMT"] * 2]


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_of_the_environment_is_asked(
    root: str, handler: type[Store], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", root)
    with JenkinsClient(Controller("lab", "http://ci.invalid/jenkins", "u", "t")) as client:
        assert client.download(BUILD, Artifact("kept.json"), tmp_path / "f", MIB) == 2
    assert handler.asked == [f"http://ci.invalid/jenkins{PATH}kept.json"]
    assert handler.seen[0] is not None


@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_is_not_asked_for_what_the_environment_excepts(
    root: str, handler: type[Store], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with JenkinsClient(Controller("lab", root)) as client:
        assert client.download(BUILD, Artifact("kept.json"), tmp_path / "f", MIB) == 2
    assert handler.asked == [f"{PATH}kept.json"]


@pytest.fixture
def authority() -> trustme.CA:
    """Return an authority that nobody but a test trusts."""
    return trustme.CA()


@pytest.fixture
def secure(server: ThreadingHTTPServer, root: str, authority: trustme.CA) -> str:
    """Let the store speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return root.replace("http:", "https:")


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("way", ["setting", "environment", "unchecked"])
def test_a_certificate_that_is_trusted(
    secure: str,
    authority: trustme.CA,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    if way == "environment":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    elif way == "setting":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    verify: bool | str = str(trusted) if way == "setting" else way == "environment"
    with JenkinsClient(Controller("lab", secure, verify=verify)) as client:
        assert client.download(BUILD, Artifact("kept.json"), tmp_path / "f", MIB) == 2


def test_a_certificate_that_is_not_trusted(
    secure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    client = JenkinsClient(Controller("lab", secure), sleep=lambda _: None)
    with client, pytest.raises(Unreachable, match="is not trusted"):
        client.download(BUILD, Artifact("kept.json"), tmp_path / "f", MIB)
