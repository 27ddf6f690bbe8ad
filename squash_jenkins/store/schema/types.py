"""The column types, so that no writer can store values that a database would change.

Each type works in the same way on SQLite, PostgreSQL and MariaDB. ``db/migrations/env.py``
names their plain equivalents: a new type here needs a line there.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

MYSQL = ("mysql", "mariadb")


_SIGN_IN = re.compile(r'(?<=://)[^\s/?#"<>]*@')
"""The credentials in a URL: everything between ``://`` and the last ``@`` before the path."""


def without_sign_in(text: str) -> str:
    """Return `text` without the credentials in its URLs.

    >>> without_sign_in("git clone https://oauth2:token@git.example/afw.git")
    'git clone https://git.example/afw.git'
    """
    return _SIGN_IN.sub("", text) if "@" in text and "://" in text else text


def urls_without_sign_in(value: Any) -> Any:
    """Return JSON without the credentials in its URLs; numbers stay as they are."""
    if isinstance(value, str):
        return without_sign_in(value)
    if isinstance(value, Mapping):
        return {
            urls_without_sign_in(key): urls_without_sign_in(each) for key, each in value.items()
        }
    return list(map(urls_without_sign_in, value)) if isinstance(value, list | tuple) else value


def clean_text(text: str) -> str:
    """Return `text` without credentials in URLs, and with escapes for what no database can store.

    That is NUL (PostgreSQL refuses it) and lone surrogates (they have no UTF-8 form). Every text
    that is stored passes through here.
    """
    text = without_sign_in(text)
    visible = text.replace("\0", "\\x00") if "\0" in text else text
    if visible.isascii():
        return visible
    return visible.encode("utf-8", "backslashreplace").decode("utf-8")


def clean_json(value: Any) -> Any:
    """Return `value` as plain JSON: NaN and infinities are None, other objects their text."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(entry) for entry in value]
    return value.isoformat() if hasattr(value, "isoformat") else clean_text(str(value))


def finite(value: float | None) -> float | None:
    """Return `value` as a float, and None for NaN, infinities and what overflows."""
    try:
        number = None if value is None else float(value)
    except OverflowError:
        return None
    return number if number is not None and math.isfinite(number) else None


def utc(moment: datetime) -> datetime:
    """Return a time in UTC; raise ValueError for one without a zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone: times in the store are UTC-aware")
    return moment.astimezone(UTC)


def name_digest(*parts: str) -> str:
    """Return what makes a name unique: its SHA-256 (hex), and '' for a single empty text.

    Names may be longer than an index allows, and differ only in case or trailing blanks.
    """
    if parts == ("",):
        return ""
    if len(parts) == 1 and len(parts[0]) <= _SHORT:
        return _short_digest(parts[0])
    return hashlib.sha256("\0".join(map(clean_text, parts)).encode()).hexdigest()


_SHORT = 200
"""Length of the names whose digests are cached."""


@lru_cache(maxsize=1 << 14)
def _short_digest(name: str) -> str:
    return hashlib.sha256(clean_text(name).encode()).hexdigest()


_strict = json.JSONEncoder(allow_nan=False).encode


def json_text(value: Any) -> str:
    """Return `value` as the JSON text that the type `Json` stores.

    Nearly all JSON is clean, and encoding it shows that faster than looking at every entry.
    """
    if value == {}:
        return "{}"
    try:
        text = _strict(value)
    except (TypeError, ValueError):
        return json.dumps(clean_json(value))
    if "\\u0000" in text or "\\ud" in text or ("@" in text and "://" in text):
        return json.dumps(clean_json(value))
    return text


class Words(TypeDecorator[str]):
    """Text of any length."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Allow more than the 64 kB of MariaDB's TEXT."""
        if dialect.name in MYSQL:
            from sqlalchemy.dialects.mysql import MEDIUMTEXT

            return MEDIUMTEXT()
        return sa.Text()

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Escape what cannot be stored."""
        return None if value is None else clean_text(value)


class Word(TypeDecorator[str]):
    """Text of limited length, compared with any text."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Escape what PostgreSQL refuses even in a comparison."""
        return None if value is None else clean_text(value)


class Json(TypeDecorator[Any]):
    """JSON that every database accepts: no NaN, no infinities."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Replace what is not JSON."""
        return clean_json(value)


class Number(TypeDecorator[float]):
    """A double; NaN and infinities are NULL, "not measured"."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        """Turn NaN and infinities into NULL."""
        return finite(value)


class UtcTime(TypeDecorator[datetime]):
    """A time to the microsecond: aware in, UTC out; a naive datetime is refused."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Keep the microseconds on MariaDB and the zone on PostgreSQL."""
        if dialect.name in MYSQL:
            from sqlalchemy.dialects.mysql import DATETIME

            return DATETIME(fsp=6)
        return sa.DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Convert to UTC; raise ValueError for a time without a zone."""
        if value is None:
            return None
        moment = utc(value)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Bytes(TypeDecorator[bytes]):
    """Bytes of any length."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Allow more than the 64 kB of MariaDB's BLOB."""
        if dialect.name in MYSQL:
            from sqlalchemy.dialects.mysql import LONGBLOB

            return LONGBLOB()
        return sa.LargeBinary()
