from typing import Any


def test_the_token_is_in_no_file_and_no_row(lab: Any) -> None:
    # Passwords in plain text lay in scripts of an earlier dashboard.
    key = lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    lab.post_build()
    (lab.folder / "squash.toml").write_text('database = "postgresql://x', encoding="utf-8")
    lab.post_build(check=None)  # and not when it complains
    files = [file for file in lab.folder.rglob("*") if file.is_file()]
    assert {"squash.sqlite", "index.html"} <= {file.name for file in files}
    assert [file.name for file in files if key.encode() in file.read_bytes()] == []
