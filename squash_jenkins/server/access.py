"""Say who asks, and what they may do."""

from dataclasses import dataclass
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from squash_jenkins.server.http.problems import Problem

How = Literal["nobody", "local", "password", "token", "session"]


class Role(IntEnum):
    """Order what people may do: each may also do what those before it may."""

    NONE = 0
    READER = 1
    SUBMITTER = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Its name in texts and in the database."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """Tell who asks.

    Attributes
    ----------
    name
        The account, or how somebody without one is called.
    how
        ``local``: the server has no account and listens on the loopback only.
    jobs
        Globs of full job names that may be written to; empty for all.
    address
        Where the request came from.

    """

    name: str
    role: Role
    how: How
    jobs: tuple[str, ...] = ()
    address: str = ""

    def may_write(self, job: str) -> bool:
        """Tell whether builds of this job may be written."""
        in_reach = not self.jobs or any(fnmatchcase(job, glob) for glob in self.jobs)
        return self.role >= Role.SUBMITTER and in_reach


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who asks; the sign-in has found it out before any route is asked."""
    found: Caller = connection.scope["state"]["who"]
    return found


class RequireRole:
    """Let those pass who have a role; used as a dependency of routes."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, connection: HTTPConnection) -> Caller:
        """Return who asks.

        Raises
        ------
        Problem
            401 for somebody who could sign in, 403 for somebody whose role does not suffice.

        """
        who = caller_of(connection)
        if who.role >= self.role:
            return who
        if who.how == "nobody":
            signs = {"WWW-Authenticate": 'Basic realm="squash-jenkins", charset="UTF-8"'}
            raise Problem(401, "Sign in with a name and password or a token.", headers=signs)
        detail = f"{who.name} is a {who.role.word}; this takes a {self.role.word}."
        raise Problem(403, detail)


Reads = Annotated[Caller, Depends(RequireRole(Role.READER))]
Submits = Annotated[Caller, Depends(RequireRole(Role.SUBMITTER))]
Administers = Annotated[Caller, Depends(RequireRole(Role.ADMIN))]
"""Parameters of routes: who asks, allowed to read, to submit, or to administer."""
