"""Explain why a request got no answer: connections that fail, break off or are not trusted."""

import re
from urllib.parse import urlsplit

import requests

from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError, UnexpectedAnswer, Unreachable
from squash_jenkins.jenkins.refusals import Passing

_BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
_OBJECT = re.compile(
    r"^(?:<[^>]{0,200} object at 0x[0-9a-f]+>|\w{1,100}\(host=[^)]{0,300}\))[:,]?\s*"
)
"""How urllib3 begins the text of a failed connection, by its version."""


def no_answer(error: requests.RequestException, controller: Controller) -> JenkinsError:
    """Return the error for a request without a complete answer; certificates are not retried."""
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(_explain_certificate(error, controller))
    if isinstance(error, requests.exceptions.ReadTimeout):
        what = f"did not answer within {controller.timeout:g} s"
    elif isinstance(error, _BROKEN_OFF):
        what = "broke off in the middle of an answer"
    elif isinstance(error, requests.ConnectionError):
        what = f"cannot be reached ({_reason(error)})"
    else:
        return UnexpectedAnswer(
            f"Jenkins at {controller.url} cannot be requested ({_reason(error)}): check its url."
        )
    return Passing(f"Jenkins at {controller.url} {what}: check its url and that it is running.")


def _explain_certificate(error: requests.RequestException, controller: Controller) -> str:
    """Name the host that failed: Jenkins, or the store of files that it leads to."""
    asked, own = urlsplit(getattr(error.request, "url", "") or ""), urlsplit(controller.url)
    place, key = f"Jenkins at {controller.url}", "verify"
    if asked.netloc not in ("", own.netloc):
        place = f"{asked.netloc}, where {place} has its files,"
        key = "verify_stores"
    reason = _reason(error)
    if "VERIFY_FAILED" in reason or key == "verify_stores":
        return (
            f"The certificate of {place} is not trusted ({reason}): set {key} of the controller "
            f"{controller.name!r} to a file with the certificates to trust."
        )
    return (
        f"There is no secure connection to {place} ({reason}): set verify of the controller "
        f"{controller.name!r} to a file with the certificates to trust and, if it requires a "
        "client certificate, certificate."
    )


def _reason(error: requests.RequestException) -> str:
    """Return the innermost reason of a connection error, without addresses of objects."""
    reason: object = error
    while isinstance(reason, BaseException) and reason.args:
        inner = getattr(reason, "reason", None) or reason.args[-1]
        if not isinstance(inner, BaseException):
            break
        reason = inner
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return _OBJECT.sub("", str(reason))[:200]
