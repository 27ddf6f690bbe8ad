"""A file is whole or not there."""

import stat
from pathlib import Path

import pytest

from squash_jenkins.reliability.atomic_files import replacing, write_durably


def test_a_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    with replacing(target, ".new-") as part:
        part.write_text("new")
        assert part.name.startswith(".new-")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_durable_file_is_private(tmp_path: Path) -> None:
    write_durably(tmp_path / "a", b"secret")
    assert (tmp_path / "a").read_bytes() == b"secret"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
