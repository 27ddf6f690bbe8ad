"""Write commands as they can be pasted into a shell."""

import shlex


def command_line(*words: str) -> str:
    """Return a call of this program; names of jobs may hold blanks and quotes.

    >>> command_line("backfill", "my job")
    "squash-jenkins backfill 'my job'"
    """
    return shlex.join(["squash-jenkins", *words])
