"""Define the settings of each Jenkins server."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from squash_jenkins.config.addresses import http_url
from squash_jenkins.config.server import LONGEST, MOST_BYTES
from squash_jenkins.config.tokens import read_token
from squash_jenkins.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Controller:
    """Access to one Jenkins server; times are in seconds.

    `verify` is True, False or the path of a file with certificates, and so is `verify_stores`,
    for other hosts that files are on (None: as `verify`); `certificate` is the client certificate:
    a file, or a pair of files with certificate and key. At most `connections` are open at once; 0
    requests per second is no limit. `public_url` None is the root URL that Jenkins reports.
    """

    name: str
    url: str
    user: str | None = None
    token: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    verify: bool | str = True
    connections: int = 16
    requests_per_second: float = 0.0
    public_url: str | None = None
    total_timeout: float = 120.0
    max_answer_bytes: int = 64 * 2**20
    verify_stores: bool | str | None = None
    certificate: str | tuple[str, str] | None = None
    attempts: int = 6


class ControllerSettings(BaseModel):
    """Keys of one ``[controllers.NAME]`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """Root URL of the Jenkins server, as this machine reaches it."""
    public_url: str | None = None
    """Root URL at which people reach it; by default the one that Jenkins reports."""
    user: str | None = None
    """User name that the token belongs to."""
    token: SecretStr | None = None
    """API token. Use the environment variable or token_file to keep it out of this file."""
    token_file: Path | None = None
    """File that contains the API token and nothing else."""
    timeout: float = Field(default=30.0, gt=0, le=LONGEST)
    """Seconds without a response after which a request is retried."""
    attempts: int = Field(default=6, ge=1, le=100)
    """Tries of one request while Jenkins refuses connections or restarts; six last 31–46 s."""
    total_timeout: float = Field(default=120.0, gt=0, le=LONGEST)
    """Seconds that one response or file may take in all, however steadily its bytes arrive."""
    max_answer_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Larger responses are refused; for files see max_artifact_bytes."""
    verify: bool | str = True
    """Check certificates: true, false, or a file with the certificates to trust."""
    verify_stores: bool | str | None = None
    """The same for other hosts that Jenkins redirects artifacts to; by default as verify."""
    certificate: str | None = None
    """File with the client certificate that Jenkins asks for, and its key."""
    certificate_key: str | None = None
    """File with that key when it is in a file of its own; without a passphrase."""
    connections: int = Field(default=16, ge=1, le=256)
    """Most connections to this Jenkins at once."""
    requests_per_second: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Most requests to this Jenkins in a second; 0 is no limit."""

    @field_validator("url", "public_url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        return None if url is None else http_url(url)


def reach(name: str, found: ControllerSettings, folder: Path) -> Controller:
    """Return the access to the controller `name`, with its secrets and certificates.

    Raises
    ------
    SettingsError
        A file that is named does not exist or cannot be read.
    """
    return Controller(
        name,
        found.url,
        found.user,
        _token(name, found),
        found.timeout,
        _file(folder, name, "verify", found.verify),
        found.connections,
        found.requests_per_second,
        found.public_url,
        found.total_timeout,
        found.max_answer_bytes,
        _file(folder, name, "verify_stores", found.verify_stores),
        _certificate(folder, name, found),
        found.attempts,
    )


def _certificate(folder: Path, name: str, found: ControllerSettings) -> Any:
    """Return what requests takes as ``cert``: a file, a pair of files, or None."""
    own = _file(folder, name, "certificate", found.certificate)
    key = _file(folder, name, "certificate_key", found.certificate_key)
    if key is not None and own is None:
        raise SettingsError(f"controllers.{name}.certificate_key also needs certificate.")
    return own if key is None else (own, key)


def _file(folder: Path, name: str, key: str, value: Any) -> Any:
    """Return the path of a file with certificates, relative to the settings file's folder."""
    if not isinstance(value, str):
        return value
    path = folder.resolve() / value
    try:
        path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise SettingsError(
            f"controllers.{name}.{key}: the file cannot be used ({reason}); name a file with "
            f"certificates{', or true' if key.startswith('verify') else ''}."
        ) from error
    return str(path)


def _token(name: str, settings: ControllerSettings) -> str | None:
    if settings.token is not None:
        return settings.token.get_secret_value()
    return None if settings.token_file is None else read_token(settings.token_file, name)
