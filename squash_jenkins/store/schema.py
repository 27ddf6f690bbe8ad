"""Define the tables. A column carries the name of the field of ``models.py`` it holds.

After a change here run ``squash-jenkins db revision "What changed"``; the tests fail
when that was forgotten. Tables have singular names. Names are unique by a digest column,
because a name may be longer than an index takes and MariaDB ignores case and blanks.
"""

from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.types import Json, Number, UtcTime, Words

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
REVISION_COUNTER = "revision"
"""Name of the counter that every write of a build takes one from; the first migration makes it."""


def _table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *parts)


def _words(name: str, *, null: bool = True) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=null)


def _digest(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=null)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, Json, nullable=False)


def _of(table: str, *, null: bool = False, cascade: bool = False) -> sa.Column[int]:
    """Refer to another table; with `cascade` a row goes when what it is a part of goes."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(f"{table}_id", sa.Integer, key, nullable=null)


controller = _table(
    "controller",
    _words("name", null=False),
    _digest("name_digest"),
    _words("url", null=False),
    sa.UniqueConstraint("name_digest"),
)

job = _table(
    "job",
    _of("controller"),
    _words("name", null=False),
    _digest("name_digest"),
    sa.UniqueConstraint("controller_id", "name_digest"),
)

# A re-created job counts from 1 again: the same number with another start is another build.
build = _table(
    "build",
    _of("job"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("duration", Number),
    _words("result"),
    sa.Column("provisional", sa.Boolean, nullable=False),
    _words("node"),
    _words("display_name"),
    _words("description"),
    _json("parameters"),
    _json("causes"),
    _json("runs"),
    _json("extra"),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    _digest("digest"),
    sa.UniqueConstraint("job_id", "number", "started"),
    sa.Index(None, "job_id", "started"),
)

dataset = _table(
    "dataset",
    _words("name", null=False),
    _digest("name_digest"),
    _words("camera"),
    _words("description"),
    sa.UniqueConstraint("name_digest"),
)

# A document's specifications are one shared set: their content rarely changes between builds.
specification_set = _table(
    "specification_set",
    _digest("digest"),
    sa.UniqueConstraint("digest"),
)

report = _table(
    "report",
    _of("build", cascade=True),
    _words("path", null=False),
    _digest("path_digest"),
    _words("filter", null=False),
    _digest("filter_digest"),
    _words("format", null=False),
    _digest("digest"),
    sa.Column("size", sa.BigInteger, nullable=False),
    _of("dataset", null=True),
    _of("specification_set", null=True),
    _json("terms"),
    _json("extra"),
    sa.UniqueConstraint("build_id", "path_digest", "filter_digest"),
)

# `metric` holds the definition that counts; `metric_definition` every one that was seen.
metric = _table(
    "metric",
    _words("name", null=False),
    _digest("name_digest"),
    _words("package", null=False),
    _words("unit"),
    _words("description"),
    _json("reference"),
    _json("tags"),
    _words("operator"),
    sa.UniqueConstraint("name_digest"),
)

metric_definition = _table(
    "metric_definition",
    _of("metric"),
    sa.Column("source", sa.String(64), nullable=False),
    _digest("digest"),
    _words("unit"),
    _words("description"),
    _json("reference"),
    _json("tags"),
    _words("operator"),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.UniqueConstraint("metric_id", "source", "digest"),
)

# Of the source "document" a row is immutable and holds for the reports whose set has it.
# Of another source it holds for everyone from `since` to `until`; when it is no longer
# loaded it gets `withdrawn`, and `version` counts how often the same content came back.
specification = _table(
    "specification",
    _of("metric"),
    _words("name", null=False),
    _words("level", null=False),
    _words("operator", null=False),
    sa.Column("threshold", Number),
    _words("unit"),
    _json("filters"),
    _json("query"),
    _json("tags"),
    sa.Column("since", UtcTime),
    sa.Column("until", UtcTime),
    sa.Column("source", sa.String(64), nullable=False, index=True),
    _digest("digest"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("withdrawn", UtcTime),
    sa.UniqueConstraint("digest", "version"),
)

specification_set_member = _table(
    "specification_set_member",
    _of("specification_set", cascade=True),
    _of("specification"),
    sa.UniqueConstraint(
        "specification_set_id",
        "specification_id",
        name="uq_specification_set_member",  # by the convention it is too long for PostgreSQL
    ),
)

measurement = _table(
    "measurement",
    _of("report", cascade=True),
    _of("metric"),
    _words("level", null=False),
    _digest("level_digest"),
    sa.Column("value", Number),
    _words("unit"),
    _json("extra"),
    sa.UniqueConstraint("report_id", "metric_id", "level_digest"),
    sa.Index(None, "metric_id", "report_id"),
)

blob = _table(
    "blob",
    _of("report", cascade=True),
    _words("identifier", null=False),
    _digest("identifier_digest"),
    _words("name", null=False),
    _digest("digest", null=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    _json("columns"),
    _json("parameters"),
    sa.UniqueConstraint("report_id", "identifier_digest"),
)

measurement_blob = _table(
    "measurement_blob",
    _of("measurement", cascade=True),
    _of("blob", cascade=True),
    sa.UniqueConstraint("measurement_id", "blob_id"),
)

package = _table(
    "package",
    _words("name", null=False),
    _digest("name_digest"),
    _words("url"),
    sa.UniqueConstraint("name_digest"),
)

build_package = _table(
    "build_package",
    _of("build", cascade=True),
    _of("package"),
    _words("version"),
    _words("revision"),
    _words("branch"),
    sa.UniqueConstraint("build_id", "package_id"),
)

change_set = _table(
    "change_set",
    _of("build", cascade=True),
    sa.Column("position", sa.Integer, nullable=False),
    _words("revision", null=False),
    _words("author", null=False),
    _words("message", null=False),
    sa.Column("committed", UtcTime),
    _json("paths"),
    sa.UniqueConstraint("build_id", "position"),
)

quarantine = _table(
    "quarantine",
    _of("build", cascade=True),
    _words("path", null=False),
    _digest("path_digest"),
    _words("reason", null=False),
    _digest("digest", null=True),
    sa.Column("size", sa.BigInteger),
    sa.Column("created", UtcTime, nullable=False),
    sa.UniqueConstraint("build_id", "path_digest"),
)

counter = _table(
    "counter",
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("name"),
)
