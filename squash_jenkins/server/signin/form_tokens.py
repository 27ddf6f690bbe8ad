"""Protect forms against cross-site request forgery (CSRF) with tokens tied to a cookie."""

import hashlib
import hmac

from squash_jenkins.server.http.problems import Problem

FORM_COOKIE = "squash_form"
"""Cookie of somebody who has no session yet, such as on the sign-in page."""


def form_token(secret: str) -> str:
    """Return the token of a form: derived from a cookie, which no other site can read."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()


def check_form(token: str, secret: str | None) -> None:
    """Refuse a form that was not sent to this browser.

    Raises
    ------
    Problem
        403 when its token does not match the cookie.

    """
    wanted = form_token(secret or "")
    if not secret or not hmac.compare_digest(token.encode(errors="replace"), wanted.encode()):
        raise Problem(403, "This form has expired, or cookies are disabled: submit it again.")
