"""Define the settings of the live server."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LONGEST = 30 * 86400.0
"""Longest time limit in seconds: clocks and sockets accept no more than some years."""
MOST = 2**31 - 1
"""Highest value of any count."""
MOST_BYTES = 2**40
"""Highest limit in bytes."""
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")


class ServerSettings(BaseModel):
    """Keys of ``[server]``: how `squash-jenkins serve` works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on. Without any account only the loopback is allowed."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0: any free one."""
    workers: int = Field(default=1, ge=1, le=1024)
    """Processes that share the port."""
    root_path: str = ""
    """Path at which a reverse proxy serves it, such as ``/qa``."""
    reading: Literal["open", "closed"] = "open"
    """Whether people may read without signing in (open) or not (closed)."""
    origins: tuple[str, ...] = ()
    """Further origins (``https://host``) whose pages may write; its own always may."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins (``https://wiki``) whose pages may show the pictures of trends in an iframe."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose X-Forwarded headers are trusted."""
    max_body_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Larger requests are refused."""
    session_hours: float = Field(default=12.0, gt=0, le=LONGEST / 3600)
    """Hours after which people must sign in again."""

    @field_validator("frame_ancestors")
    @classmethod
    def _framing(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Accept origins only: what else a policy may hold would loosen it."""
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin, such as https://wiki.example.org")
        return origins

    @field_validator("root_path")
    @classmethod
    def _path(cls, path: str) -> str:
        """Accept a path with or without slashes around it."""
        inner = path.strip("/")
        return f"/{inner}" if inner else ""
