import shlex
import subprocess

import pytest

from squash_jenkins.text.command_line import command_line


@pytest.mark.parametrize("job", ["ci", "my job", "it's", "a;b", "$HOME", "tickets%2FDM-1", "*"])
def test_a_command_arrives_as_it_is_meant(job: str) -> None:
    line = command_line("backfill", job)
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("squash-jenkins", "printf '%s\\n'", 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["backfill", job]
    assert shlex.split(line) == ["squash-jenkins", "backfill", job]
