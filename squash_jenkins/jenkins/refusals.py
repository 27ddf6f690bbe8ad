"""Turn refusals and odd answers of Jenkins, or of something in front of it, into errors.

Facts about a real Jenkins: error bodies are HTML whatever the request accepts; 404, 401 and
crumb 403 answers have no ``X-Jenkins`` header; a starting Jenkins answers 503 to everything.
"""

import html
import re
import time
from email.utils import mktime_tz, parsedate_tz

import requests

from squash_jenkins.config import Controller, token_variable
from squash_jenkins.errors import (
    JenkinsError,
    NotFound,
    PermissionMissing,
    SignInRefused,
    UnexpectedAnswer,
    Unreachable,
)
from squash_jenkins.jenkins.stores import is_elsewhere, refused_by_store

PASSING_STATUSES = (429, 502, 503, 504)
_SHOWN_BYTES = 65536
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_NAMED = re.compile(r"<(title|h1)[^<>]*>[^<]*\bJenkins\b", re.IGNORECASE)
_SIGN_IN = re.compile(r"j_spring_security_check|j_acegi_security_check|j_username|[/\"']login\b")


class Passing(Unreachable):
    """A state that is likely to pass, so the request is worth another try.

    `wait` is how many seconds a proxy asked to wait before; 0 where none did.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class Starting(Passing):
    """Jenkins is starting and will answer within minutes."""


class NoJenkins(UnexpectedAnswer):
    """What answers is not a Jenkins: smaller requests would not help."""


class CrumbWanted(PermissionMissing):
    """A POST needs a crumb: signed in by password, or not at all."""


def check(response: requests.Response, controller: Controller) -> None:
    """Raise the error that an answer stands for; 2xx and 3xx pass.

    Raises
    ------
    SignInRefused, PermissionMissing, NotFound, UnexpectedAnswer, Passing
        401, 403, 404, any other error status, and those worth another try.
    ArtifactRefused
        The same, except 404, from another host that Jenkins redirects to for a file.
    """
    if response.status_code < 400:
        return
    text = _beginning(response)
    response.close()
    raise refusal(response, text, controller)


def refusal(response: requests.Response, text: str, controller: Controller) -> JenkinsError:
    """Return the error for an answer with an error status and the beginning of its body."""
    status = response.status_code
    if status not in (404, *PASSING_STATUSES) and is_elsewhere(response, controller):
        return refused_by_store(response, text, controller)
    if status in PASSING_STATUSES:
        if _is_starting(response, text):
            return Starting(f"Jenkins at {controller.url} is starting: try again in a minute.")
        message = _explain_passing(status, text, controller)
        return Passing(message, _asked_to_wait(response.headers.get("Retry-After", "")))
    if status == 401:
        return SignInRefused(_explain_sign_in(controller))
    if status == 403:
        return _forbidden(response, text, controller)
    if status == 404:
        return NotFound(
            f"{_place(response)} does not exist, or is hidden from {_who(controller)}: "
            "check its name."
        )
    return UnexpectedAnswer(
        f"{_place(response)} was answered with status {status}{_titled(text)}: "
        f"check Jenkins' log and, if there is a proxy in front of it, the proxy's."
    )


def not_json(response: requests.Response, controller: Controller) -> JenkinsError:
    """Return the error for a page in place of JSON or a file."""
    text = _beginning(response)
    if _SIGN_IN.search(text):
        return PermissionMissing(
            f"{_place(response)} was answered with a sign-in page: {_advise_user(controller)}."
        )
    return UnexpectedAnswer(
        f"{_place(response)} was answered with something else than requested{_titled(text)}: is "
        f"{controller.url} the root URL of a Jenkins, or does a proxy answer in its place?"
    )


def no_jenkins(controller: Controller) -> NoJenkins:
    """Return the error for JSON that cannot be Jenkins'."""
    return NoJenkins(
        f"{controller.url} does not answer as a Jenkins does: set url of the controller "
        f"{controller.name!r} to its root URL."
    )


def redirected(response: requests.Response, controller: Controller) -> JenkinsError:
    """Return the error for an unexpected redirect, which is not followed.

    The query is left out of the message, as it may hold a secret of a sign-in service.
    """
    target = response.headers.get("Location", "").partition("?")[0]
    if "login" in target.lower() or "saml" in target.lower() or "oauth" in target.lower():
        return PermissionMissing(
            f"{_place(response)} leads to the sign-in page {target}: {_advise_user(controller)}."
        )
    return UnexpectedAnswer(
        f"{_place(response)} is redirected to {target}: set url of the controller "
        f"{controller.name!r} to the root URL that Jenkins really has."
    )


def _forbidden(response: requests.Response, text: str, controller: Controller) -> JenkinsError:
    permission = response.headers.get("X-Required-Permission", "")
    user = response.headers.get("X-You-Are-Authenticated-As")
    anonymous = user == "anonymous" or not _signs_in(controller)
    if permission and not (anonymous and permission.endswith("Hudson.Read")):
        whom = "Anonymous users lack" if anonymous else f"The {_who(controller)} lacks"
        advice = (
            _advise_user(controller) if anonymous else "ask a Jenkins administrator to grant it"
        )
        return PermissionMissing(
            f"{whom} the permission {_name_permission(permission)} for {_place(response)}: "
            f"{advice}."
        )
    if "No valid crumb" in text:
        return CrumbWanted(
            f"{_place(response)} was refused without a crumb: sign in with an API token instead of "
            "a password."
        )
    if permission or user == "anonymous" or _SIGN_IN.search(text):
        return PermissionMissing(
            f"Jenkins at {controller.url} is closed to anonymous users: {_advise_user(controller)}."
        )
    return PermissionMissing(
        f"{_place(response)} was refused (403{_titled(text)}), by Jenkins or a proxy in front of "
        f"it, to {_who(controller)}."
    )


def _asked_to_wait(text: str) -> float:
    """Return the seconds in a ``Retry-After``, which holds seconds or a date."""
    if text.isascii() and text.isdecimal():
        return float(text)
    date = parsedate_tz(text)
    try:
        return max(0.0, mktime_tz(date) - time.time()) if date else 0.0
    except (ValueError, OverflowError):  # such as a 31st of February
        return 0.0


def _is_starting(response: requests.Response, text: str) -> bool:
    """Tell a starting Jenkins from a proxy by its headers, as the text differs by version.

    It answers 503 with a page that must not be cached, without ``Retry-After``. Where a proxy
    removed that header, the name in the page's title or heading remains, in every language.
    """
    headers = response.headers
    page = headers.get("Content-Type", "").startswith("text/html")
    if response.status_code != 503 or not page or "Retry-After" in headers:
        return False
    return "no-store" in headers.get("Cache-Control", "") or bool(_NAMED.search(text))


def _explain_passing(status: int, text: str, controller: Controller) -> str:
    return (
        f"Jenkins at {controller.url} cannot be reached: status {status}{_titled(text)}, "
        "probably from a proxy in front of it. Check that Jenkins is running."
    )


def _explain_sign_in(controller: Controller) -> str:
    if not _signs_in(controller):
        return f"Jenkins at {controller.url} requires a sign-in (401): {_advise_user(controller)}."
    return (
        f"Jenkins at {controller.url} refused the user {controller.user!r} or the token (401): "
        f"create a new API token on that user's page in Jenkins and {_where_token(controller)}."
    )


def _signs_in(controller: Controller) -> bool:
    return controller.user is not None and controller.token is not None


def _advise_user(controller: Controller) -> str:
    if controller.user is not None and controller.token is None:
        return f"no token is set for the user {controller.user!r}; {_where_token(controller)}"
    if not _signs_in(controller):
        return (
            f"this needs a user and token; set user of the controller {controller.name!r} and "
            f"{_where_token(controller)}"
        )
    return (
        f"the user {controller.user!r} and the token were not accepted; "
        "create a new API token on that user's page in Jenkins"
    )


def _where_token(controller: Controller) -> str:
    return f"set the token in {token_variable(controller.name)} or in token_file"


def _who(controller: Controller) -> str:
    if not _signs_in(controller):
        return "anonymous users"
    return f"user {controller.user!r}"


def _name_permission(permission: str) -> str:
    """Turn ``hudson.model.Run.Update`` into Run/Update, as Jenkins' pages call it."""
    group, _, name = permission.rpartition(".")
    group = group.rpartition(".")[2]
    return f"{ {'Hudson': 'Overall', 'Item': 'Job'}.get(group, group) }/{name} ({permission})"


def _place(response: requests.Response) -> str:
    return (response.url or "").partition("?")[0]


def _titled(text: str) -> str:
    found = _TITLE.search(text)
    title = " ".join(html.unescape(found.group(1)).split())[:100] if found else ""
    return f" (a page titled {title!r})" if title else ""


def _beginning(response: requests.Response) -> str:
    """Return the first 64 kB of a body: a stack trace or a proxy's page can be huge."""
    if response.is_redirect:
        return ""
    content = bytearray()
    for chunk in response.iter_content(8192):
        content += chunk
        if len(content) >= _SHOWN_BYTES:
            break
    return content.decode(response.encoding or "utf-8", errors="replace")
