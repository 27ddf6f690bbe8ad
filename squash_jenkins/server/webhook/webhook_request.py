"""Read a webhook request: a build and what happened to it, in one of several formats.

URLs in a body only identify builds: only configured controllers are ever contacted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.jenkins.names import job_path, parse_build_url
from squash_jenkins.models import Branch, BuildId
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.text.one_line import node_name

OVER = frozenset(["", "completed", "finalized", "finished"])
"""Events after which a build can be read; older Notification plugins send ``finished``."""
DELETED = "deleted"
_LONGEST = 4000
_HIGHEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A build, the event (lower case, empty if not given) and the format of the request.

    `node` is the machine that the build runs on, `branch` the branch or pull request that it
    builds; None where the request does not name them.
    """

    id: BuildId
    event: str
    source: str
    node: str | None = None
    branch: Branch | None = None


def parse_request(body: Any, settings: Settings) -> WebhookRequest:
    """Return the build that a body names.

    Parameters
    ----------
    body
        ``{controller, job, build, event, jenkins, node}``, the JSON of Jenkins' Notification plugin
        ``{name, url, build: {full_url, number, phase}}`` (older ones: ``fullUrl``), or ``{url}`` or
        ``{BUILD_URL}``. With it may come the variables of a branch: ``{BRANCH_NAME,
        BRANCH_IS_PRIMARY, CHANGE_ID, CHANGE_TARGET, CHANGE_URL}``.

    Raises
    ------
    Problem
        422, with the field, when it names no build of a configured controller.

    """
    if not isinstance(body, Mapping):
        raise Problem(422, "Send an object: {controller, job, build}, or {url}.")
    if isinstance(body.get("build"), Mapping):
        return _of_plugin(body, settings)
    id, source = _named(body, settings)
    return WebhookRequest(id, _event(body), source, node_name(body.get("node")), Branch.of(body))


def _named(body: Mapping[str, Any], settings: Settings) -> tuple[BuildId, str]:
    """Return the build that a body names, and how."""
    for key in ("url", "BUILD_URL"):
        if body.get(key) and not body.get("job"):
            return _by_url(_text(body, key), None, settings, key), "url"
    return _of_names(body, settings), "names"


def _of_names(body: Mapping[str, Any], settings: Settings) -> BuildId:
    job, root = _text(body, "job"), _text(body, "jenkins", needed=False)
    controller = _text(body, "controller", needed=False) or _controller(root, settings, "jenkins")
    if controller not in settings.controllers:
        raise Problem(
            422, f"No controller {controller[:80]!r}: {_known(settings)}", field="controller"
        )
    number = _number(body.get("build"), "build")
    return _checked(BuildId(controller, job, number), "job")


def _of_plugin(body: Mapping[str, Any], settings: Settings) -> WebhookRequest:
    """Read a request of Jenkins' Notification plugin, which reports each phase of a build."""
    build = body["build"]
    key = next((key for key in ("full_url", "fullUrl") if build.get(key)), "url")
    number = _number(build.get("number"), "build.number")
    url = _text(build, key, field=f"build.{key}")
    event = _text(build, "phase", needed=False, field="build.phase").lower()
    return WebhookRequest(_by_url(url, number, settings, f"build.{key}"), event, "plugin")


def _by_url(url: str, number: int | None, settings: Settings, field: str) -> BuildId:
    try:
        job, found = parse_build_url(url)
    except (SettingsError, ValueError) as error:
        raise Problem(422, str(error)[:500], field=field) from None
    controller = _controller(url, settings, field)
    return _checked(BuildId(controller, job, _number(number or found, field)), field)


def _controller(url: str, settings: Settings, field: str) -> str:
    """Return the controller of a URL; a single controller has every build.

    Jenkins sends the root URL from its own configuration, which may differ from the one that this
    server uses: so a single controller is assumed whatever the URL says.
    """
    found = settings.controller_of(url)
    if found is not None:
        return found
    if len(settings.controllers) == 1:
        return next(iter(settings.controllers))
    what = "Name the controller" if settings.controllers else "No Jenkins is configured"
    raise Problem(422, f"{what}: {_known(settings)}", field="controller" if not url else field)


def _known(settings: Settings) -> str:
    names = ", ".join(settings.controllers) or "none"
    return f"configured are {names} (squash.toml, [controllers])."


def _event(body: Mapping[str, Any]) -> str:
    return _text(body, "event", needed=False).lower()


def _text(
    body: Mapping[str, Any], key: str, *, needed: bool = True, field: str | None = None
) -> str:
    value = body.get(key)
    if value in (None, "") and not needed:
        return ""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise Problem(
            422,
            f"{field or key}: expected a text of at most {_LONGEST} characters.",
            field=field or key,
        )
    return value.strip()


def _number(value: Any, field: str) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) <= _HIGHEST:
        return int(text)
    raise Problem(422, f"{field}: expected a build number.", field=field)


def _checked(id: BuildId, field: str) -> BuildId:
    """Return the build; raise Problem for an impossible job name."""
    try:
        job_path(id.job)
        id.job.encode()
    except (SettingsError, UnicodeEncodeError) as error:
        raise Problem(422, f"{field}: {str(error)[:500]}", field=field) from None
    if not id.job.isprintable():
        raise Problem(422, f"{field}: not a valid job name.", field=field)
    return id
