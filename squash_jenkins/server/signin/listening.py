"""Refuse to listen beyond the loopback interface while there are no accounts."""

from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.server.signin.origins import is_loopback
from squash_jenkins.store import Store

UNGUARDED = (
    "There are no accounts, so anybody on this machine may write: "
    "add accounts with `squash-jenkins user add`."
)


def refuse_open_listening(settings: Settings, store: Store) -> str | None:
    """Return a warning when there are no accounts, else None.

    Raises
    ------
    SettingsError
        When there are none and the server would listen beyond the loopback interface.

    """
    if not store.accounts.is_empty():
        return None
    host = settings.server.host
    if not is_loopback(host):
        raise SettingsError(
            f"There are no accounts, so the server does not listen on {host}: anybody could "
            "write. Add one with `squash-jenkins user add NAME --role admin`, or keep "
            'host = "127.0.0.1" in [server].'
        )
    return UNGUARDED
