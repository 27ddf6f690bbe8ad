"""Make calls of the command line."""

from typing import Any

from crash_harness.trials import Step

ALONE = {"SQUASH_CATCH_UP": "0"}
"""Lets post-build look after its own build only."""
NO_DATABASE = {"SQUASH_DATABASE": "postgresql+psycopg://nobody@127.0.0.1:9/none"}


def post_build(job: str, number: int, *more: str, **fields: Any) -> Step:
    """Take one build in, without looking for missed ones."""
    call = ("post-build", "--job", job, "--number", str(number), *more)
    return Step(call, **{"variables": ALONE, **fields})


def healing(job: str, number: int, *more: str, **fields: Any) -> Step:
    """Take one build in, and missed ones of its job."""
    return post_build(job, number, *more, variables={}, **fields)


def spooled(job: str, number: int, **fields: Any) -> Step:
    """Take one build in while the database is away."""
    return post_build(job, number, variables=NO_DATABASE, **fields)


def backfill(*names: str, **fields: Any) -> Step:
    """Take everything of some jobs in; 2 says that some files were set aside."""
    return Step(("backfill", *(names or ("--all",))), **{"statuses": (0, 2), **fields})
