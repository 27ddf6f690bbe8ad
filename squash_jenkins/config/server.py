"""Define the settings of the live server."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LONGEST = 30 * 86400.0
"""Seconds that a time limit may have: clocks and sockets take no more than some years."""
MOST = 2**31 - 1
"""The highest number that anything is counted to."""
MOST_BYTES = 2**40
"""The highest limit of bytes."""


class ServerSettings(BaseModel):
    """Hold the keys of ``[server]``: how `squash-jenkins serve` answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on. Without any user only the loopback is allowed."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    workers: int = Field(default=1, ge=1, le=1024)
    """Processes that answer."""
    root_path: str = ""
    """Path below which a reverse proxy shows the server, such as ``/qa``."""
    reading: Literal["open", "closed"] = "open"
    """Whether people may read without signing in."""
    origins: tuple[str, ...] = ()
    """Further origins (``https://host``) whose pages may use it; its own always may."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose X-Forwarded headers are believed."""
    max_body_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Larger requests are refused."""
    session_hours: float = Field(default=12.0, gt=0, le=LONGEST / 3600)
    """Somebody who signed in is asked again after so many hours."""

    @field_validator("root_path")
    @classmethod
    def _path(cls, path: str) -> str:
        """Take a path with or without slashes around it."""
        inner = path.strip("/")
        return f"/{inner}" if inner else ""
