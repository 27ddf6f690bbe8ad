"""Read the logs of commits that Jenkins keeps with a build."""

from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.models import BuildId, Change

LOG = """Changes in branch origin/main, between 1111111 and 2222222
commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
tree e4879d39cf28f5f8ef7270a48366ccfaa68e40be
parent c4f9962fd76682395e9fbdb7c6024c2a33a797e0
author Ann A. Other <ann@example.org> 2015-03-03T09:00:00-0700
committer Bot <bot@example.org> 2015-03-03 16:22:42 +0000

    DM-1: title
{blank}
    commit looks like one
    author Nobody <no@body> 1

:100644 100644 1111111 2222222 M\tsrc/a b.py
:100644 100644 1111111 2222222 R086\told.py\tnew.py
:100644 100644 1111111 2222222 C100\ta.py\tcopy.py
:100644 000000 1111111 0000000 D\tgone.py

commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
author <x@y> 1425400000 +0100
committer <x@y> 1425400000 +0100

    second
""".replace("{blank}", " " * 4)


def changes(disk: Any, **files: str | bytes) -> list[Change]:
    disk.build("jobs/job", 1)
    for name, content in files.items():
        disk.write(f"jobs/job/builds/1/{name}.xml", content)
    return list(disk.archive().family(BuildId("lab", "job", 1))[0].changes)


def test_commits_of_git(disk: Any) -> None:
    first, second = changes(disk, changelog=LOG)
    assert first == Change(
        revision="a" * 40,
        author="Ann A. Other",
        message="DM-1: title\n\ncommit looks like one\nauthor Nobody <no@body> 1",
        committed=datetime(2015, 3, 3, 16, 22, 42, tzinfo=UTC),
        paths=["src/a b.py", "old.py", "new.py", "copy.py", "gone.py"],
    )
    assert (second.revision, second.author, second.message) == ("b" * 40, "", "second")
    assert second.committed == datetime.fromtimestamp(1425400000, UTC)


def test_a_pipeline_has_a_log_for_each_checkout(disk: Any) -> None:
    found = changes(disk, changelog111=LOG, changelog222="commit 1234567\n\n    x\n")
    assert [each.revision[:7] for each in found] == ["aaaaaaa", "bbbbbbb", "1234567"]
    assert (found[2].author, found[2].committed) == ("", None)


def test_other_kinds_of_logs_give_no_changes(disk: Any) -> None:
    assert changes(disk, changelog="<log/>") == []
    assert changes(disk, changelog="<?xml version='1.0'?><log><logentry revision='6'/></log>") == []
    assert changes(disk, changelog="") == []
    assert changes(disk, changelog=b"\0\xff\xfe garbage\ncommit zzz\ncommit\n") == []


@pytest.mark.parametrize("date", ["never", "99999999999999 +0000", "2015-03-03T09:00:00", "-1"])
def test_odd_dates_are_not_known(disk: Any, date: str) -> None:
    (change,) = changes(disk, changelog=f"commit 1234567\ncommitter a <b> {date}\n")
    assert change.committed is None
