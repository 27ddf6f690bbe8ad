"""The tables. A column has the name of the field of ``models/build.py`` that it holds.

After a change here run ``squash-jenkins db revision "What changed"``; tests fail if that was
forgotten. Tables have singular names. Names are unique by a digest column, because a name may be
longer than an index allows and MariaDB ignores case and trailing blanks.
"""

import sqlalchemy as sa

from squash_jenkins.store.schema.columns import (
    digest,
    json_column,
    metadata,
    refers_to,
    table,
    words,
)
from squash_jenkins.store.schema.finding_tables import (
    acceptance,
    finding,
    finding_comment,
    finding_series,
    former_finding,
    judgement,
    metric_rule,
    node_effect,
    notification,
    triage,
)
from squash_jenkins.store.schema.server_tables import account, audit, notice, session, token
from squash_jenkins.store.schema.types import Bytes, Json, Number, UtcTime, Word

__all__ = [
    "acceptance",
    "account",
    "audit",
    "finding",
    "finding_comment",
    "finding_series",
    "former_finding",
    "judgement",
    "metadata",
    "metric_rule",
    "node_effect",
    "notice",
    "notification",
    "session",
    "token",
    "triage",
]

REVISION_COUNTER = "revision"
"""Name of the counter of revisions, which the first migration adds."""
DEFINITIONS_COUNTER = "definitions"
"""Name of the counter with the revision of the last change of loaded definitions."""


controller = table(
    "controller",
    words("name", null=False),
    digest("name_digest"),
    words("url", null=False),
    sa.UniqueConstraint("name_digest"),
)

job = table(
    "job",
    refers_to("controller"),
    words("name", null=False),
    digest("name_digest"),
    sa.UniqueConstraint("controller_id", "name_digest"),
)

# The branch that a job of a multibranch project builds; other jobs have none. `gone` is when it
# was noticed that Jenkins no longer has it.
branch = table(
    "branch",
    refers_to("job", cascade=True),
    words("name"),
    words("change"),
    words("target"),
    words("url"),
    sa.Column("primary", sa.Boolean, nullable=False),
    sa.Column("gone", UtcTime),
    sa.UniqueConstraint("job_id"),
)

# A re-created job counts from 1 again: the same number with another start is another build.
build = table(
    "build",
    refers_to("job"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("duration", Number),
    words("result"),
    sa.Column("provisional", sa.Boolean, nullable=False),
    words("node"),
    words("display_name"),
    words("description"),
    json_column("parameters"),
    json_column("causes"),
    json_column("runs"),
    json_column("extra"),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    digest("digest"),
    sa.UniqueConstraint("job_id", "number", "started"),
    sa.Index(None, "job_id", "started"),
    sa.Index(None, "job_id", "revision"),
)

dataset = table(
    "dataset",
    words("name", null=False),
    digest("name_digest"),
    words("camera"),
    words("description"),
    sa.UniqueConstraint("name_digest"),
)

# The specifications of a document are a shared set, as they rarely change between builds.
specification_set = table(
    "specification_set",
    digest("digest"),
    sa.UniqueConstraint("digest"),
)

report = table(
    "report",
    refers_to("build", cascade=True),
    words("path", null=False),
    digest("path_digest"),
    words("filter", null=False),
    digest("filter_digest"),
    words("format", null=False),
    digest("digest"),
    sa.Column("size", sa.BigInteger, nullable=False),
    refers_to("dataset", null=True),
    refers_to("specification_set", null=True),
    json_column("terms"),
    json_column("extra"),
    words("node"),
    sa.UniqueConstraint("build_id", "path_digest", "filter_digest"),
)

# What several files of one build of a job measure, and which parts of their paths distinguish
# them: see `analysis.series.unlike_files`. `digest` stands for dataset, filter and origin of the
# files, `metrics` are keys. It follows from the reports of the job, in whatever order they arrive.
file_group = table(
    "file_group",
    refers_to("job"),
    digest("digest"),
    sa.Column("prefix", sa.Integer, nullable=False),
    sa.Column("suffix", sa.Integer, nullable=False),
    json_column("metrics"),
    sa.UniqueConstraint("job_id", "digest"),
)

# `metric` holds the current definition; `metric_definition` all of them.
metric = table(
    "metric",
    words("name", null=False),
    digest("name_digest"),
    words("package", null=False),
    words("unit"),
    words("description"),
    json_column("reference"),
    json_column("tags"),
    words("operator"),
    sa.Column("rules", Json),
    sa.UniqueConstraint("name_digest"),
)

metric_definition = table(
    "metric_definition",
    refers_to("metric"),
    sa.Column("source", Word(64), nullable=False),
    digest("digest"),
    words("unit"),
    words("description"),
    json_column("reference"),
    json_column("tags"),
    words("operator"),
    sa.Column("rules", Json),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.UniqueConstraint("metric_id", "source", "digest"),
)

# A row of the source "document" never changes and applies to the reports whose set contains it.
# A row of another source applies to all reports from `since` to `until`; when it is no longer
# loaded, `withdrawn` is set, and `version` counts how often the same content came back.
specification = table(
    "specification",
    refers_to("metric"),
    words("name", null=False),
    words("level", null=False),
    words("operator", null=False),
    sa.Column("threshold", Number),
    sa.Column("upper", Number),
    words("unit"),
    json_column("filters"),
    json_column("query"),
    json_column("tags"),
    sa.Column("since", UtcTime),
    sa.Column("until", UtcTime),
    sa.Column("source", Word(64), nullable=False, index=True),
    digest("digest"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("withdrawn", UtcTime),
    sa.UniqueConstraint("digest", "version"),
)

specification_set_member = table(
    "specification_set_member",
    refers_to("specification_set", cascade=True),
    refers_to("specification"),
    sa.UniqueConstraint(
        "specification_set_id",
        "specification_id",
        name="uq_specification_set_member",  # the conventional name is too long for PostgreSQL
    ),
)

measurement = table(
    "measurement",
    refers_to("report", cascade=True),
    refers_to("metric"),
    words("level", null=False),
    digest("level_digest"),
    sa.Column("value", Number),
    words("unit"),
    json_column("extra"),
    sa.UniqueConstraint("report_id", "metric_id", "level_digest"),
    sa.Index(None, "metric_id", "report_id"),
)

blob = table(
    "blob",
    refers_to("report", cascade=True),
    words("identifier", null=False),
    digest("identifier_digest"),
    words("name", null=False),
    digest("digest", null=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    json_column("columns"),
    json_column("parameters"),
    sa.UniqueConstraint("report_id", "identifier_digest"),
)

measurement_blob = table(
    "measurement_blob",
    refers_to("measurement", cascade=True),
    refers_to("blob", cascade=True),
    sa.UniqueConstraint("measurement_id", "blob_id"),
)

package = table(
    "package",
    words("name", null=False),
    digest("name_digest"),
    words("url"),
    sa.UniqueConstraint("name_digest"),
)

build_package = table(
    "build_package",
    refers_to("build", cascade=True),
    refers_to("package"),
    words("version"),
    words("revision"),
    words("branch"),
    sa.UniqueConstraint("build_id", "package_id"),
)

change_set = table(
    "change_set",
    refers_to("build", cascade=True),
    sa.Column("position", sa.Integer, nullable=False),
    words("revision", null=False),
    words("author", null=False),
    words("message", null=False),
    sa.Column("committed", UtcTime),
    json_column("paths"),
    sa.UniqueConstraint("build_id", "position"),
)

quarantine = table(
    "quarantine",
    refers_to("build", cascade=True),
    words("path", null=False),
    digest("path_digest"),
    words("reason", null=False),
    digest("digest", null=True),
    sa.Column("size", sa.BigInteger),
    sa.Column("created", UtcTime, nullable=False),
    sa.UniqueConstraint("build_id", "path_digest"),
)

# The measurements of a block of builds as arrays: see `store/block_arrays.py`. They were made when
# the block had `builds` builds, of which `newest` was the highest revision.
pack = table(
    "pack",
    refers_to("job"),
    sa.Column("block", sa.Integer, nullable=False),
    sa.Column("builds", sa.Integer, nullable=False),
    sa.Column("newest", sa.BigInteger, nullable=False),
    sa.Column("content", Bytes, nullable=False),
    sa.UniqueConstraint("job_id", "block"),
)

counter = table(
    "counter",
    sa.Column("name", Word(64), nullable=False),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("name"),
)
