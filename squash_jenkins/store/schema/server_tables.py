"""The tables of the live server: accounts, the audit log and the queue of builds."""

import sqlalchemy as sa

from squash_jenkins.store.schema.columns import digest, json_column, refers_to, table, words
from squash_jenkins.store.schema.types import Json, UtcTime, Word

# `password` is the hash of the password library; accounts are disabled rather than deleted, so
# that the names in the audit log keep their meaning.
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

# Only the SHA-256 of a token is stored; `shown` are its first letters, to distinguish tokens.
# `jobs` are globs of the full names of jobs that it may write to, empty for all.
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

# Only the SHA-256 of a session's cookie is stored.
session = table(
    "session",
    refers_to("account", cascade=True),
    digest("digest"),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False),
    sa.UniqueConstraint("digest"),
)

# Rows are only ever added. `detail` holds what was written, never a secret.
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

# A build in the queue. `state` is waiting, running, done or failed; a row that is waiting or
# running has a digest of the build in `pending`, so that there is only one such row of it. `node`
# is where the build runs, as Jenkins does not say that of a Pipeline; `branch` is what it builds.
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
    words("node"),
    sa.Column("branch", Json),
    sa.UniqueConstraint("name"),
    sa.UniqueConstraint("pending"),
    sa.Index(None, "state", "due"),
)
