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


def write(folder: Path, text: str) -> Path:
    file = folder / "squash.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_fault_is_told_at_once_with_the_nearest_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        folder,
        'databse = "x"\nwait = -1\n[controllers.main]\nurl = "ftp://x"\ntokn = "a"\n'
        '[[jobs]]\njob_pattern = "("\n',
    )
    monkeypatch.setenv("SQUASH_OUTPT", "x")
    with pytest.raises(SettingsError) as fault:
        config.load()
    text = str(fault.value)
    assert "databse: no such key; did you mean 'database'?" in text
    assert "controllers.main.tokn: no such key; did you mean 'token'?" in text
    assert "SQUASH_OUTPT: no such variable; did you mean 'SQUASH_OUTPUT'?" in text
    assert "wait: Input should be greater than or equal to 0 (found -1)" in text
    assert "controllers.main.url: must begin with http:// or https://" in text
    assert "jobs.0.job_pattern: is not a regular expression" in text


def test_environment_wins_over_the_file_and_options_over_both(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, 'wait = 1\noutput = "a"\n[controllers.main]\nurl = "http://x"\nuser = "u"\n')
    monkeypatch.setenv("SQUASH_WAIT", "2")
    monkeypatch.setenv("SQUASH_CONTROLLERS__MAIN__TOKEN", "not-shown")
    settings = config.load(options={"output": "c", "public_url": None})
    assert settings.wait == 2
    assert settings.output == folder / "c"
    controller = settings.controller()
    assert (controller.url, controller.user, controller.token) == ("http://x/", "u", "not-shown")
    assert "not-shown" not in f"{settings!r} {settings} {controller!r}"


def test_relative_paths_start_at_the_settings_file(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    settings = config.load(write(below, 'database = "sqlite:///q.sqlite"\n'))
    assert settings.database == f"sqlite:///{below / 'q.sqlite'}"
    assert settings.blobs == str(below / "blobs")
    assert settings.spool == below / "spool"


def test_a_token_file_is_read_and_its_absence_told(folder: Path) -> None:
    token = folder / "token"
    text = f'[controllers.main]\nurl = "http://x"\nuser = "u"\ntoken_file = "{token}"\n'
    settings = config.load(write(folder, text))
    with pytest.raises(SettingsError, match=r"token_file .* cannot be read"):
        settings.controller()
    token.write_text(f"{folder.name}\n")
    assert settings.controller().token == folder.name


def test_a_url_with_a_password_is_refused_without_showing_it(folder: Path) -> None:
    write(folder, '[controllers.main]\nurl = "http://me:geheim@x/"\n')
    with pytest.raises(SettingsError) as fault:
        config.load()
    assert "must not contain a user name or password" in str(fault.value)
    assert "geheim" not in str(fault.value)


@pytest.mark.parametrize("text", ["[", "a = \x00"])
def test_a_file_that_is_no_toml_is_told(folder: Path, text: str) -> None:
    write(folder, text)
    with pytest.raises(SettingsError, match="is not TOML"):
        config.load()


def test_a_missing_file_and_a_missing_controller_say_what_to_do(folder: Path) -> None:
    with pytest.raises(SettingsError, match="squash-jenkins init"):
        config.load(folder / "none.toml")
    with pytest.raises(SettingsError, match=r"\[controllers.jenkins\]"):
        config.load().controller()
    write(folder, '[controllers.main]\nurl = "http://x"\n')
    with pytest.raises(SettingsError, match="did you mean 'main'"):
        config.load().controller("mian")


def test_the_first_jobs_table_that_fits_is_used(folder: Path) -> None:
    settings = config.load(
        write(folder, '[[jobs]]\nmatch = "sqre/*"\ndataset = "A"\n[[jobs]]\ndataset = "B"\n')
    )
    assert settings.job("sqre/x/y").dataset == "A"
    assert settings.job("other").dataset == "B"
    assert config.Settings().job("any").dataset is None


def test_only_the_pattern_of_paths_has_groups_of_any_name(folder: Path) -> None:
    def settings(key: str, pattern: str) -> config.JobSettings:
        return config.load(write(folder, f"[[jobs]]\n{key} = '{pattern}'\n")).jobs[0]

    assert settings("path_pattern", "(?P<arch>[^/]+)/b").path_pattern == "(?P<arch>[^/]+)/b"
    with pytest.raises(SettingsError, match="groups named dataset and filter only"):
        settings("job_pattern", "(?P<arch>[^/]+)")
    for key in ("job_pattern", "path_pattern"):
        with pytest.raises(SettingsError, match="needs groups named"):
            settings(key, "[a-z]+")
