"""Find out who sends a request."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from squash_jenkins.config.server import ServerSettings
from squash_jenkins.server.access import Caller, Role
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.signin.account_cache import AccountCache
from squash_jenkins.server.signin.attempts import Attempts
from squash_jenkins.server.signin.origins import refuse_cross_origin, refuse_foreign_hosts
from squash_jenkins.server.signin.passwords import Passwords
from squash_jenkins.store.service.accounts import AccountRow, Accounts, TokenRow
from squash_jenkins.text.dates import day_text

COOKIE = "squash_session"
_NO_NAME = ":token"
"""Failures with tokens are counted under this, which cannot be an account's name."""
_USED_EVERY = timedelta(minutes=10)
"""How often the last use of a token is recorded, rather than at each request."""
_BASIC = 'Basic realm="squash-jenkins", charset="UTF-8"'


class RequestHead(NamedTuple):
    """The part of a request that says who sends it; a websocket has the method ``WEBSOCKET``."""

    method: str
    scheme: str
    headers: Headers
    address: str


class Authenticator:
    """Authenticates requests; may be shared by threads.

    Parameters
    ----------
    server
        Says whether reading needs no sign-in, and pages of which other origins may write.

    """

    def __init__(self, accounts: Accounts, server: ServerSettings) -> None:
        self.known = AccountCache(accounts)
        self.passwords = Passwords()
        self.attempts = Attempts()
        self.origins = server.origins
        self._anonymous = Role.READER if server.reading == "open" else Role.NONE

    def anonymous(self, address: str) -> Caller:
        """Return the caller of a request without credentials."""
        return Caller("anonymous", self._anonymous, "nobody", (), address)

    def authenticate(self, head: RequestHead) -> Caller:
        """Return who sends a request.

        Raises
        ------
        Problem
            401 for a wrong password or token, 403 for writes requested by a page of another site,
            429 after too many failures.

        """
        if self.known.nobody():
            refuse_foreign_hosts(head.headers, head.address)
            self._refuse_cross_origin(head)
            return Caller("local", Role.ADMIN, "local", (), head.address)
        if head.method == "WEBSOCKET":
            self._refuse_cross_origin(head)
        kind, _, rest = head.headers.get("authorization", "").strip().partition(" ")
        if kind.lower() == "basic":
            self._refuse_cross_origin(head)  # browsers resend it by themselves
            return self._by_password(*_pair(rest.strip()), head.address)
        if kind.lower() == "bearer":
            return self._by_token(rest.strip(), head.address)
        if kind:
            raise _refused("Sign in with Basic or Bearer: no other scheme is supported.")
        return self._by_cookie(head) or self.anonymous(head.address)

    def check(self, name: str, password: str, address: str) -> AccountRow:
        """Return the account with this name and password.

        Raises
        ------
        Problem
            401 when there is none, 429 after too many failures.

        """
        account = self.known.named(name)
        kept = account.password if account and account.disabled is None else None
        if account is not None and self.passwords.known(password, kept):
            return account
        self._not_too_often(name, address)
        if not self.passwords.right(password, kept) or account is None:
            self.attempts.failed(name, address)
            raise _refused("The name or the password is wrong.")
        self.attempts.succeeded(name, address)
        return account

    def _by_password(self, name: str, password: str, address: str) -> Caller:
        account = self.check(name, password, address)
        return Caller(account.name, Role[account.role.upper()], "password", (), address)

    def _by_token(self, secret: str, address: str) -> Caller:
        token = self.known.token(secret)
        account = self.known.account(token.account) if token else None
        if token is None or account is None or account.disabled is not None:
            # A right one always passes: it cannot be guessed, and a program that keeps using an
            # old token must not lock out others at its address.
            self._not_too_often(_NO_NAME, address)
            self.attempts.failed(_NO_NAME, address)
            raise _refused("This token does not exist or was revoked.")
        if token.expires is not None and token.expires <= datetime.now(UTC):
            raise _refused(f"This token expired on {day_text(token.expires)}: create a new one.")
        self._note(token)
        most = Role.SUBMITTER if token.jobs else Role.ADMIN  # an admin could write beyond its jobs
        role = min(Role[token.role.upper()], Role[account.role.upper()], most)
        return Caller(account.name, role, "token", tuple(token.jobs), address)

    def _note(self, token: TokenRow) -> None:
        now = datetime.now(UTC)
        if token.used is None or token.used + _USED_EVERY <= now:
            self.known.accounts.mark_used(token.key, now)
            self.known.forget()

    def _by_cookie(self, head: RequestHead) -> Caller | None:
        secret = cookie(head.headers)
        session = self.known.session(secret) if secret else None
        account = self.known.account(session.account) if session else None
        if session is None or account is None or account.disabled is not None:
            return None
        if session.expires <= datetime.now(UTC):
            return None
        self._refuse_cross_origin(head, by_cookie=True)
        return Caller(account.name, Role[account.role.upper()], "session", (), head.address)

    def _refuse_cross_origin(self, head: RequestHead, *, by_cookie: bool = False) -> None:
        scheme = {"ws": "http", "wss": "https"}.get(head.scheme, head.scheme)
        refuse_cross_origin(
            head.method, head.headers, scheme, self.origins, origin_required=by_cookie
        )

    def _not_too_often(self, name: str, address: str) -> None:
        wait = self.attempts.wait(name, address)
        if wait:
            detail = f"Too many failed sign-ins: try again in {wait} seconds."
            raise Problem(429, detail, headers={"Retry-After": str(wait)})


def cookie(headers: Headers, name: str = COOKIE) -> str | None:
    """Return the value of one of our cookies."""
    return cookie_parser(headers.get("cookie", "")).get(name)


def _pair(text: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise _refused("The Authorization header is not valid Basic authentication.") from error
    if not colon:
        raise _refused("The Authorization header is not valid Basic authentication.")
    return name, password


def _refused(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": _BASIC})
