"""Tie forms to the browser that was given them, so that no other page can send them."""

import hashlib
import hmac

from squash_jenkins.server.http.problems import Problem

FORM_COOKIE = "squash_form"
"""Cookie of somebody who is about to sign in, and so has no session yet."""


def form_token(secret: str) -> str:
    """Return what a form carries: it follows from a cookie, which no other site can read."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()


def check_form(token: str, secret: str | None) -> None:
    """Refuse a form that was not given to this browser.

    Raises
    ------
    Problem
        403 when its token does not belong to the cookie.

    """
    wanted = form_token(secret or "")
    if not secret or not hmac.compare_digest(token.encode(errors="replace"), wanted.encode()):
        raise Problem(403, "This form has expired, or cookies are switched off: send it again.")
