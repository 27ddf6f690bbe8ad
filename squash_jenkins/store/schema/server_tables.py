"""Define the tables of the live server: who may do what, what was done, what is to be read."""

import sqlalchemy as sa

from squash_jenkins.store.schema.columns import digest, json_column, refers_to, table, words
from squash_jenkins.store.schema.types import UtcTime, Word

# `password` is the hash that the password library made; accounts are switched off, not deleted,
# so that the audit log keeps telling who it was.
account = table(
    "account",
    words("name", null=False),
    digest("name_digest"),
    words("password"),
    sa.Column("role", Word(16), nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("disabled", UtcTime),
    sa.UniqueConstraint("name_digest"),
)

# Of a token only its SHA-256 is kept; `shown` are its first letters, to tell tokens apart.
# `jobs` are globs of full job names that it may write to, and empty for all.
token = table(
    "token",
    refers_to("account", cascade=True),
    words("label", null=False),
    sa.Column("shown", Word(16), nullable=False),
    digest("digest"),
    sa.Column("role", Word(16), nullable=False),
    json_column("jobs"),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("expires", UtcTime),
    sa.Column("used", UtcTime),
    sa.UniqueConstraint("digest"),
)

# Of a session's cookie only its SHA-256 is kept.
session = table(
    "session",
    refers_to("account", cascade=True),
    digest("digest"),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False),
    sa.UniqueConstraint("digest"),
)

# Rows are only added. `detail` holds what was written, never a secret.
audit = table(
    "audit",
    sa.Column("at", UtcTime, nullable=False, index=True),
    words("who", null=False),
    sa.Column("how", Word(16), nullable=False),
    words("address", null=False),
    sa.Column("action", Word(64), nullable=False),
    words("target", null=False),
    json_column("detail"),
)

# A build that somebody told us of. `state` is waiting, running, done or failed; a row that is
# waiting or running has in `pending` a digest of the build, so that there is one such row of it.
notice = table(
    "notice",
    sa.Column("name", Word(32), nullable=False),
    words("controller", null=False),
    words("job", null=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("source", Word(16), nullable=False),
    digest("pending", null=True),
    sa.Column("state", Word(16), nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("due", UtcTime, nullable=False),
    sa.Column("claimed", UtcTime),
    sa.Column("ended", UtcTime),
    words("outcome"),
    sa.UniqueConstraint("name"),
    sa.UniqueConstraint("pending"),
    sa.Index(None, "state", "due"),
)
