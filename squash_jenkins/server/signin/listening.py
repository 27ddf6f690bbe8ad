"""Refuse to listen to everybody while nobody has an account."""

from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.server.signin.origins import is_loopback
from squash_jenkins.store import Store

UNGUARDED = (
    "Nobody has an account, so whoever reaches this machine's loopback may write: "
    "make accounts with `squash-jenkins user add`."
)


def refuse_open_listening(settings: Settings, store: Store) -> str | None:
    """Return a warning when nobody has an account, None when somebody has.

    Raises
    ------
    SettingsError
        When nobody has one and the server would listen on more than the loopback.

    """
    if not store.accounts.none():
        return None
    host = settings.server.host
    if not is_loopback(host):
        raise SettingsError(
            f"Nobody has an account, so the server does not listen on {host}: everybody could "
            "write. Make one with `squash-jenkins user add NAME --role admin`, or keep "
            'host = "127.0.0.1" in [server].'
        )
    return UNGUARDED
