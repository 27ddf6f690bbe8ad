"""Who sends a request, and what they may do."""

from dataclasses import dataclass
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from squash_jenkins.server.http.problems import Problem

How = Literal["nobody", "local", "password", "token", "session"]


class Role(IntEnum):
    """Roles in rising order: each may also do what those before it may."""

    NONE = 0
    READER = 1
    SUBMITTER = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Return its name in texts and in the database."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    Attributes
    ----------
    name
        The account, or what callers without one are called.
    how
        How that is known; ``local``: there are no accounts, and the server listens on the
        loopback interface only.
    jobs
        Globs of the full names of jobs they may write to; empty for all.
    address
        The client address of the request.

    """

    name: str
    role: Role
    how: How
    jobs: tuple[str, ...] = ()
    address: str = ""

    def may_write(self, job: str) -> bool:
        """Return whether they may write builds of this job."""
        in_reach = not self.jobs or any(fnmatchcase(job, glob) for glob in self.jobs)
        return self.role >= Role.SUBMITTER and in_reach


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who sends a request; the `SignIn` middleware has found out before any route runs."""
    found: Caller = connection.scope["state"]["who"]
    return found


class RequireRole:
    """Dependency of a route: lets callers with a role pass."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, connection: HTTPConnection) -> Caller:
        """Return the caller.

        Raises
        ------
        Problem
            401 when the caller has not signed in, 403 when their role is not enough.

        """
        who = caller_of(connection)
        if who.role >= self.role:
            return who
        if who.how == "nobody":
            headers = {"WWW-Authenticate": 'Basic realm="squash-jenkins", charset="UTF-8"'}
            raise Problem(401, "Sign in with a name and password, or a token.", headers=headers)
        raise Problem(403, f"{who.name} has the role {who.role.word}; this needs {self.role.word}.")


Reads = Annotated[Caller, Depends(RequireRole(Role.READER))]
Submits = Annotated[Caller, Depends(RequireRole(Role.SUBMITTER))]
Administers = Annotated[Caller, Depends(RequireRole(Role.ADMIN))]
"""Parameters of routes: the caller, who may read, submit or administer."""
