"""Sign visitors in, check crumbs and permissions, in the order in which Jenkins does."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from http.cookies import SimpleCookie

from squash_jenkins.simulate.answers.exchange import (
    Refused,
    Request,
    container_error,
    sign_in_needed,
    styled_error,
)
from squash_jenkins.simulate.world import World

COOKIE = "JSESSIONID.551ea7da"
CRUMB_FIELD = "Jenkins-Crumb"
READ = ("hudson.model.Hudson.Read", "hudson.security.Permission.GenericRead, ")
CONFIGURE = "hudson.security.Permission.GenericConfigure, "
WRITE = "hudson.security.Permission.GenericUpdate, hudson.security.Permission.GenericWrite, "
ADMINISTER = "hudson.model.Hudson.Administer"
PERMISSIONS: dict[str, tuple[str, str | None]] = {
    "Overall/Read": READ,
    "Overall/Administer": (ADMINISTER, None),
    "Job/Build": ("hudson.model.Item.Build", WRITE),
    "Job/Cancel": ("hudson.model.Item.Cancel", WRITE),
    "Job/Configure": ("hudson.model.Item.Configure", CONFIGURE + WRITE),
    "Run/Update": ("hudson.model.Run.Update", WRITE),
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Hold who asks, their permissions, and whether an API token makes crumbs unnecessary."""

    name: str
    permissions: frozenset[str]
    by_token: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Return whether the visitor did not sign in."""
        return self.name == "anonymous"


def sign_in(world: World, request: Request) -> Visitor:
    """Return the visitor; wrong credentials are a 401 even where anonymous may read."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith("basic "):
        return Visitor("anonymous", world.anonymous)
    name, secret = _credentials(header)
    user = world.users.get(name)
    if user and secret and secret in (user.token, user.password):
        return Visitor(name, user.permissions | world.anonymous, by_token=secret == user.token)
    reply = container_error(401, f"Invalid password/token for user: {name}")
    reply.headers["WWW-Authenticate"] = 'Basic realm="Jenkins"'
    raise Refused(reply)


def _credentials(header: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def open_session(world: World, request: Request) -> tuple[str, bool]:
    """Return the session of the request's cookie, and whether it had to be opened now."""
    session = _session(request)
    if session in world.sessions:
        return session, False
    session = f"node0{secrets.token_hex(8)}.node0"
    world.sessions.add(session)
    return session, True


def crumb_for(world: World, visitor: Visitor, session: str) -> str:
    """Return the crumb that belongs to this visitor in this session until the next restart."""
    text = f"{world.session}/{visitor.name}/{session}"
    return hashlib.sha256(text.encode()).hexdigest()


def check_crumb(world: World, request: Request, visitor: Visitor) -> None:
    """Refuse a POST without the crumb of its session, unless an API token was used."""
    if request.method != "POST" or visitor.by_token:
        return
    session = _session(request)
    crumb = request.headers.get(CRUMB_FIELD.lower()) or request.form.get(CRUMB_FIELD, "")
    if session not in world.sessions or crumb != crumb_for(world, visitor, session):
        raise Refused(container_error(403, "No valid crumb was included in the request"))


def require(request: Request, visitor: Visitor, permission: str) -> None:
    """Refuse with 403 unless the visitor has `permission`."""
    if visitor.permissions & {permission, "Overall/Administer"}:
        return
    name, above = PERMISSIONS[permission]
    implied = {} if above is None else {"X_Permission_Implied_By": above + ADMINISTER}
    if visitor.is_anonymous:
        raise Refused(sign_in_needed(request, name, implied.get("X_Permission_Implied_By")))
    raise Refused(
        styled_error(
            403,
            f"{visitor.name} is missing the {permission} permission",
            X_You_Are_Authenticated_As=visitor.name,
            X_Required_Permission=name,
            **implied,
        )
    )


def _session(request: Request) -> str:
    cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    return cookie.value if cookie else ""
