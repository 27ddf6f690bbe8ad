"""Speak TLS to a Jenkins and to a store of files, each with an authority of its own."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from squash_jenkins.config import Controller, load
from squash_jenkins.errors import SettingsError, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, BuildId

BUILD = BuildId("lab", "ci", 1)
FILE = Artifact("kept.json")


class Keeper(BaseHTTPRequestHandler):
    """Lead from Jenkins' archive to `store`, if there is one, and note who shows a certificate."""

    protocol_version = "HTTP/1.1"
    store = ""
    shown: list[Any]

    def do_GET(self) -> None:
        self.shown.append(self.connection.getpeercert())
        self.send_response(302 if self.store else 200)
        if self.store:
            self.send_header("Location", f"{self.store}bucket/kept.json")
        self.send_header("Content-Length", "0" if self.store else "2")
        self.end_headers()
        if not self.store:
            self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


class Authorities:
    """Hold the authorities of Jenkins, of the store and of clients, as files."""

    def __init__(self, folder: Path) -> None:
        self.jenkins, self.store, self.clients = trustme.CA(), trustme.CA(), trustme.CA()
        self.of_jenkins, self.of_store = str(folder / "jenkins.pem"), str(folder / "store.pem")
        self.jenkins.cert_pem.write_to_path(self.of_jenkins)
        self.store.cert_pem.write_to_path(self.of_store)
        own = self.clients.issue_cert("ci@example.org")
        self.own, self.own_key = str(folder / "own.pem"), str(folder / "own.key")
        own.private_key_and_cert_chain_pem.write_to_path(self.own)
        own.private_key_pem.write_to_path(self.own_key)


@contextmanager
def serving(
    authority: trustme.CA, host: str, clients: trustme.CA, wants: ssl.VerifyMode, store: str = ""
) -> Iterator[tuple[str, list[Any]]]:
    """Serve on a free port; yield the root URL and what clients showed."""
    shown: list[Any] = []
    handler = type("Served", (Keeper,), {"store": store, "shown": shown})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    clients.configure_trust(context)
    context.verify_mode = wants
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://{host}:{server.server_address[1]}/", shown
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authorities:
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    return Authorities(tmp_path)


@pytest.fixture
def store(authorities: Authorities) -> Iterator[tuple[str, list[Any]]]:
    whom = authorities.clients, ssl.CERT_OPTIONAL
    with serving(authorities.store, "localhost", *whom) as served:
        yield served


@pytest.fixture
def jenkins(authorities: Authorities, store: tuple[str, list[Any]]) -> Iterator[str]:
    whom = authorities.clients, ssl.CERT_OPTIONAL
    with serving(authorities.jenkins, "127.0.0.1", *whom, store[0]) as (url, _):
        yield url


def fetch(controller: Controller, folder: Path) -> int:
    with JenkinsClient(controller, sleep=lambda _: None, attempts=1) as client:
        return client.download(BUILD, FILE, folder / "file", 100)


def test_a_store_of_another_authority_is_named_and_gets_a_bundle_of_its_own(
    authorities: Authorities, jenkins: str, store: tuple[str, list[Any]], tmp_path: Path
) -> None:
    alone = Controller("lab", jenkins, verify=authorities.of_jenkins)
    with pytest.raises(Unreachable) as caught:
        fetch(alone, tmp_path)
    said = str(caught.value)
    assert f"certificate of {store[0].split('/')[2]}, where Jenkins at {jenkins} has" in said
    assert "verify_stores" in said
    both = Controller(
        "lab", jenkins, verify=authorities.of_jenkins, verify_stores=authorities.of_store
    )
    assert fetch(both, tmp_path) == 2


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_bundle_for_stores_is_none_for_jenkins(
    authorities: Authorities, jenkins: str, tmp_path: Path
) -> None:
    turned = Controller("lab", jenkins, verify=authorities.of_store, verify_stores=False)
    with pytest.raises(Unreachable, match=r"certificate of Jenkins at .* is not trusted.*verify "):
        fetch(turned, tmp_path)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_jenkins_that_wants_a_certificate_gets_it_and_the_store_does_not(
    authorities: Authorities, store: tuple[str, list[Any]], tmp_path: Path, parts: int
) -> None:
    a, whom = authorities, (authorities.clients, ssl.CERT_REQUIRED)
    own: Any = a.own if parts == 1 else (a.own, a.own_key)
    with serving(a.jenkins, "127.0.0.1", *whom, store[0]) as (url, shown):
        trust = {"verify": a.of_jenkins, "verify_stores": a.of_store}
        assert fetch(Controller("lab", url, certificate=own, **trust), tmp_path) == 2
        assert shown[0]["subjectAltName"] == (("email", "ci@example.org"),)
        assert store[1] == [{}] or store[1] == [None]
        with pytest.raises(Unreachable):
            fetch(Controller("lab", url, **trust), tmp_path)


def test_certificates_are_settings_with_paths_from_the_file_on(
    authorities: Authorities, tmp_path: Path
) -> None:
    file = tmp_path / "squash.toml"
    file.write_text(
        '[controllers.lab]\nurl = "https://ci.example.org/"\nverify = "jenkins.pem"\n'
        'verify_stores = "store.pem"\ncertificate = "own.pem"\ncertificate_key = "own.key"\n'
    )
    found = load(file).controller("lab")
    assert (found.verify, found.verify_stores) == (authorities.of_jenkins, authorities.of_store)
    assert found.certificate == (authorities.own, authorities.own_key)


@pytest.mark.parametrize("key", ["verify", "verify_stores", "certificate"])
def test_a_file_that_does_not_exist_is_named(tmp_path: Path, key: str) -> None:
    file = tmp_path / "squash.toml"
    file.write_text(f'[controllers.lab]\nurl = "https://ci.example.org/"\n{key} = "none.pem"\n')
    with pytest.raises(SettingsError, match=rf"controllers\.lab\.{key}: the file cannot be used"):
        load(file).controller("lab")


def test_a_key_without_a_certificate_is_no_use(authorities: Authorities, tmp_path: Path) -> None:
    file = tmp_path / "squash.toml"
    file.write_text(
        '[controllers.lab]\nurl = "https://ci.example.org/"\ncertificate_key = "own.key"\n'
    )
    with pytest.raises(SettingsError, match="certificate_key also needs certificate"):
        load(file).controller("lab")
