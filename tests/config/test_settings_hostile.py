"""Whatever a variable or a file says, there are settings or one clear line for each fault."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from pydantic import BaseModel

from squash_jenkins import config
from squash_jenkins.errors import SettingsError, SquashError, StoreError
from squash_jenkins.notifications.targets import targets
from squash_jenkins.store.engine import make_engine

SECRET = "geheim"
NASTY = (
    *("", " ", "-1", "0", "1e400", "1e300", "nan", "inf", "-inf", "true", "null", "9" * 5000),
    *("[", "{", '"', "[1]", "{}", '{"a":1}', "[[]]", '["a"]', "[" * 100_000, '{"x":' * 5000),
    *("slack://a/b", '["slack://a', '{"token":"a"', "a,b"),
    *("http://h:port/", "http://h:99999/", "http://[::1/", "http://h/\n", "http:// h/", "ftp://h"),
    *(f"http://u:{SECRET}@h/", "http://", "//h", "https://h", "~", "/", "../..", "a" * 5000),
    *("postgresql+psycopg://h:port/x", "postgresql+psycopg://h:/x", f"mysql://u:{SECRET}@h:x/y"),
    *(f"postgresql://u:{SECRET}/@h/x", "sqlite:///x?timeout=abc", "sqlite://h/x", "nosuch:///x"),
    *("\udcff", "a\udc80b", "\x1b[31m", "ü", "\u202e", "1_000", "٣", "0x10", "\t1\n"),
)


def variables(model: type[BaseModel] = config.Settings, prefix: str = "SQUASH_") -> Iterator[str]:
    """Yield the variable of every key, and of every table as a whole."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        yield variable
        table = table_in(field.annotation)
        if table is not None and name != "jobs":  # a list: its variable holds it as JSON
            named = "MAIN__" if name == "controllers" else ""
            yield from variables(table, f"{variable}__{named}")


def table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := table_in(each))), None)


VARIABLES = sorted(set(variables()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("settings")
    (folder / "squash.toml").write_text('[controllers.main]\nurl = "http://h"\nuser = "u"\n')
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SQUASH_"):
                patch.delenv(name)
        patch.chdir(folder)
        yield folder


def test_every_key_has_a_variable() -> None:
    assert {"SQUASH_NOTIFY__URLS", "SQUASH_SERVER__PORT", "SQUASH_JOBS"} < set(VARIABLES)
    assert "SQUASH_CONTROLLERS__MAIN__TOKEN_FILE" in VARIABLES


@pytest.mark.parametrize("variable", VARIABLES)
def test_any_value_gives_settings_or_one_clear_line(folder: Path, variable: str) -> None:
    for value in NASTY:
        use_with(variable, value)


@given(st.sampled_from(VARIABLES), st.text(st.characters(exclude_characters="\x00")))
@trying(max_examples=100)
@example("SQUASH_CONTROLLERS", '{"main": 1}')
@example("SQUASH_CONTROLLERS", '{"": {}}')
def test_any_text_gives_settings_or_one_clear_line(folder: Path, variable: str, text: str) -> None:
    use_with(variable, text.encode("utf-8", "ignore").decode())


def use_with(variable: str, value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, value)
        try:
            use(config.load())
        except SquashError as error:
            check_told(str(error), variable, len(value))


def use(settings: config.Settings) -> None:
    """Do with settings what a command does before it asks anybody."""
    for name in settings.controllers:
        assert 0 < settings.controller(name).timeout < math.inf
    targets(settings)
    settings.controller_of("http://h/job/a/1/")
    make_engine(settings.database).dispose()


def check_told(text: str, variable: str, size: int) -> None:
    assert SECRET not in text or variable.endswith("_FILE")  # a path is shown
    lines = text.splitlines()
    assert all(len(line) < 500 + size for line in lines)
    key = variable.removeprefix("SQUASH_").split("__")[-1].lower()
    assert key in text or variable in text, text


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("[server]\nprot = 1", "server.prot: no such key; did you mean 'port'?"),
        ("[plots]\npoint = 1", "plots.point: no such key; did you mean 'points'?"),
        ("[findings]\nrecnt = 1", "findings.recnt: no such key; did you mean 'recent'?"),
        ("[notify]\nurl = 1", "notify.url: no such key; did you mean 'urls'?"),
        ('[controllers.url]\nurl = "http://h"\nusr = 1', "did you mean 'user'?"),
        ("[[jobs]]\nfiltr = 1", "jobs.0.filtr: no such key; did you mean 'filter'?"),
        ("[server.port]\nx = 1", "server.port: Input should be a valid integer"),
        (
            '[controllers.a]\nurl = "http://h"\ntoken_file = "a\\u0000b"',
            "a.token_file: contains the",
        ),
        ('output = "a\\u0000b"', "output: contains the character U+0000"),
        ('watch_jobs = ["a", "\\u0000"]', "watch_jobs.1: contains the character U+0000"),
        ("[controllers.a]\nurl = 'http://h'\ntimeout = inf", "controllers.a.timeout"),
        ("watch_every = inf", "watch_every"),
        ("watch_newest = 99999999999999999999", "watch_newest"),
        ("wait = nan", "wait"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("wait = " + "9" * 5000, "is not TOML"),
    ],
)
def test_a_file_with_a_fault_is_one_clear_line(folder: Path, lines: str, line: str) -> None:
    file = folder / "wrong.toml"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(SettingsError) as fault:
        config.load(file)
    assert line in str(fault.value)


def test_a_list_that_is_no_json_says_how_it_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (f"slack://{SECRET}", f'["slack://{SECRET}"'):
        monkeypatch.setenv("SQUASH_NOTIFY__URLS", value)
        monkeypatch.setenv("SQUASH_CONTROLLERS", f'{{"main": {{"token": "{SECRET}"')
        with pytest.raises(SettingsError) as fault:
            config.load()
        assert 'notify.urls: expected a list, such as ["a", "b"]' in str(fault.value)
        assert "controllers: expected a table" in str(fault.value)
        assert "as JSON" in str(fault.value)
        assert SECRET not in str(fault.value)


def test_a_variable_below_a_key_that_is_no_table_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUASH_WAIT__SECONDS", "1")
    with pytest.raises(SettingsError, match="SQUASH_WAIT__SECONDS: no such variable"):
        config.load()


@pytest.mark.parametrize("content", [b"\xff", b"a\nb", b"\x00"])
def test_a_token_file_that_holds_no_token_is_one_clear_line(folder: Path, content: bytes) -> None:
    (folder / "token").write_bytes(content)
    text = f'[controllers.a]\nurl = "http://h"\ntoken_file = "{folder / "token"}"\n'
    (folder / "own.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"controllers\.a\.token_file .*token"):
        config.load(folder / "own.toml").controller()


@pytest.mark.parametrize("url", ["postgresql+psycopg://h:port/x", "sqlite:///x?timeout=abc"])
def test_a_database_url_with_a_wrong_number_is_one_clear_line(url: str) -> None:
    with pytest.raises(StoreError, match="The setting `database`"):
        make_engine(url)
