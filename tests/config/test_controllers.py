"""Which Jenkins a name or a URL means: in the environment, in notices and in posted documents."""

import os
from pathlib import Path

import pytest

from squash_jenkins import config
from squash_jenkins.errors import SettingsError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("SQUASH_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder: Path, *controllers: tuple[str, str]) -> config.Settings:
    tables = [f'[controllers."{name}"]\nurl = "{url}"\nuser = "u"\n' for name, url in controllers]
    (folder / "squash.toml").write_text("".join(tables), encoding="utf-8")
    return config.load()


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("jenkins", "SQUASH_CONTROLLERS__JENKINS__TOKEN"),
        ("Jenkins", "SQUASH_CONTROLLERS__JENKINS__TOKEN"),
        ("my-jenkins", "SQUASH_CONTROLLERS__MY_JENKINS__TOKEN"),
        ("a.b", "SQUASH_CONTROLLERS__A_B__TOKEN"),
        ("a__b", "SQUASH_CONTROLLERS__A_B__TOKEN"),
        ("QA Jenkins-", "SQUASH_CONTROLLERS__QA_JENKINS__TOKEN"),
    ],
)
def test_the_variable_that_we_name_gives_the_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    assert config.token_variable(name) == variable
    monkeypatch.setenv(variable, "not-shown")
    settings = loaded(folder, (name, "http://x"), ("other", "http://y"))
    assert list(settings.controllers) == [name, "other"]
    assert settings.controller(name).token == "not-shown"
    assert settings.controller("other").token is None


@pytest.mark.parametrize("spelling", ["MY_JENKINS", "my_jenkins", "My-Jenkins", "MY.JENKINS"])
def test_other_spellings_mean_the_same_controller(
    folder: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    monkeypatch.setenv(f"SQUASH_CONTROLLERS__{spelling}__TOKEN", "not-shown")
    assert loaded(folder, ("my-Jenkins", "http://x")).controller().token == "not-shown"


def test_a_controller_may_come_from_the_environment_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUASH_CONTROLLERS__HILL__URL", "http://hill")
    monkeypatch.setenv("SQUASH_CONTROLLERS__HILL__TOKEN", "not-shown")
    settings = config.load()
    assert settings.controller("hill").token == "not-shown"


def test_a_variable_of_no_controller_names_those_that_there_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUASH_CONTROLLERS__JENKNS__TOKEN", "not-shown")
    with pytest.raises(SettingsError) as fault:
        loaded(folder, ("my-jenkins", "http://x"))
    assert "SQUASH_CONTROLLERS__JENKNS__…" in str(fault.value)
    assert "SQUASH_CONTROLLERS__MY_JENKINS__…" in str(fault.value)
    assert "not-shown" not in str(fault.value)


def test_a_variable_of_two_controllers_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUASH_CONTROLLERS__A_B__TOKEN", "not-shown")
    with pytest.raises(SettingsError, match=r"'a\.b', 'a-b'.*rename"):
        loaded(folder, ("a.b", "http://x"), ("a-b", "http://y"))
    settings = loaded(folder, ("a_b", "http://x"), ("a-b", "http://y"))
    assert [settings.controller(name).token for name in ("a_b", "a-b")] == ["not-shown", None]


ROOTS = (
    ("main", "https://host/"),
    ("inner", "https://host/jenkins/"),
    ("old", "http://host:8080/"),
    ("six", "http://[2001:db8::1]:8080/ci/"),
)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host/job/a/1/", "main"),
        ("https://host:443/job/a/1/", "main"),
        ("HTTPS://HOST:443/job/a/1/", "main"),
        ("https://host", "main"),
        ("http://host/job/a/1/", "main"),
        ("https://host/jenkins/job/a/1/", "inner"),
        ("https://host:443/jenkins", "inner"),
        ("https://host/jenkins2/job/a/1/", "main"),
        ("http://Host:8080/job/a/1/", "old"),
        ("http://host:8081/job/a/1/", None),
        ("https://other/job/a/1/", None),
        ("http://[2001:DB8::1]:8080/ci/job/a/1/", "six"),
        ("http://[2001:db8::1]:8080/job/a/1/", None),
        ("ftp://host/job/a/1/", None),
        ("http://host:port/job/a/1/", None),
        ("http://[host/job/a/1/", None),
        ("", None),
    ],
)
def test_a_url_belongs_to_the_controller_with_the_longest_root(
    folder: Path, url: str, name: str | None
) -> None:
    assert loaded(folder, *ROOTS).controller_of(url) == name
    assert loaded(folder, *reversed(ROOTS)).controller_of(url) == name


def test_of_two_on_one_host_the_scheme_decides(folder: Path) -> None:
    settings = loaded(folder, ("plain", "http://host/"), ("secure", "https://host/"))
    assert settings.controller_of("https://host/job/a/1/") == "secure"
    assert settings.controller_of("http://host:80/job/a/1/") == "plain"
