"""The tables of findings, their triage and notifications."""

import sqlalchemy as sa

from squash_jenkins.store.schema.columns import digest, refers_to, refers_to_build, table, words
from squash_jenkins.store.schema.types import Number, UtcTime, Word

# Findings can be detected again from the series of a job at any time; their triage cannot.
# `name` is the name for people: it stays when the build of the finding shifts.
# `withdrawn`: no longer detected, but it has triage or somebody was notified.
# `grown`: the newest build when it was noticed that the finding grew beyond its triage, which
# does not count any more; NULL while it does.
finding = table(
    "finding",
    refers_to("job"),
    sa.Column("name", Word(16), nullable=False),
    words("kind", null=False),
    words("direction", null=False),
    refers_to("build"),
    refers_to_build("first", null=False),
    refers_to_build("last", null=False),
    refers_to_build("ended"),
    refers_to_build("grown"),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    sa.UniqueConstraint("name"),
    sa.Index(None, "job_id"),
)

finding_series = table(
    "finding_series",
    refers_to("finding", cascade=True),
    sa.Column("position", sa.Integer, nullable=False),
    words("kind", null=False),
    words("direction", null=False),
    refers_to("metric"),
    words("dataset"),
    words("filter"),
    words("level", null=False),
    words("unit"),
    refers_to("build"),
    refers_to_build("first", null=False),
    refers_to_build("last", null=False),
    refers_to_build("ended"),
    sa.Column("before", Number),
    sa.Column("after", Number),
    sa.Column("sigma", Number),
    sa.Column("strength", Number),
    sa.Column("p_value", Number),
    words("specification", null=False),
    words("statistics", null=False),
    sa.Column("evidence", sa.JSON(none_as_null=True)),
    words("nodes"),
    sa.UniqueConstraint("finding_id", "position"),
)

# The names of findings that are no longer detected, so that their addresses last: `successor` is
# the name of the finding that shows the same series now. A finding that comes back is none.
former_finding = table(
    "former_finding",
    refers_to("job"),
    sa.Column("name", Word(16), nullable=False),
    words("headline", null=False),
    refers_to("build"),
    sa.Column("successor", Word(16)),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    sa.UniqueConstraint("name"),
    sa.Index(None, "job_id"),
)

# Rows are only ever added: the last one that nobody undid counts, the others are its history.
# `covers` has the series of the finding at that time (`models.finding.CoveredSeries`).
triage = table(
    "triage",
    refers_to("finding", cascade=True),
    words("state", null=False),
    words("who", null=False),
    sa.Column("created", UtcTime, nullable=False),
    words("note"),
    words("ticket"),
    sa.Column("fixed_in", sa.Integer),
    sa.Column("covers", sa.JSON(none_as_null=True)),
    words("assignee"),
    sa.Column("undone", UtcTime),
    words("undone_by"),
    sa.Index(None, "finding_id"),
)

# What people write about a finding; it changes no state.
finding_comment = table(
    "finding_comment",
    refers_to("finding", cascade=True),
    words("who", null=False),
    sa.Column("created", UtcTime, nullable=False),
    words("note", null=False),
    sa.Index(None, "finding_id"),
)

# Where a finding was sent: `target` is the SHA-256 of a notification URL, which is a secret.
# A row without `sent` is the claim of a program that is about to send.
notification = table(
    "notification",
    refers_to("finding", cascade=True),
    digest("target"),
    sa.Column("claimed", UtcTime, nullable=False),
    sa.Column("sent", UtcTime),
    sa.UniqueConstraint("finding_id", "target"),
)

# The series of a job whose level was accepted from a build on; `series_digest` stands for dataset,
# filter and level. Detection begins anew at that build.
acceptance = table(
    "acceptance",
    refers_to("job"),
    refers_to("metric"),
    words("dataset", null=False),
    words("filter", null=False),
    words("level", null=False),
    digest("series_digest"),
    refers_to("build"),
    words("who", null=False),
    sa.Column("created", UtcTime, nullable=False),
    words("note"),
    sa.UniqueConstraint("job_id", "metric_id", "series_digest", "build_id"),
)

# How far the newest values of a series of a job depend on the node that measured them, where they
# do; written with the findings of the job.
node_effect = table(
    "node_effect",
    refers_to("job"),
    refers_to("metric"),
    words("dataset", null=False),
    words("filter", null=False),
    words("level", null=False),
    words("unit", null=False),
    words("reference", null=False),
    sa.Column("effects", sa.JSON, nullable=False),
    sa.Column("factors", sa.Boolean, nullable=False),
    words("text", null=False),
    sa.Index(None, "job_id"),
)

# What administrators say of the changes of metrics: it counts before settings and definitions.
metric_rule = table(
    "metric_rule",
    refers_to("metric"),
    words("smallest"),
    words("direction"),
    sa.Column("ignored", sa.Boolean),
    words("who", null=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.UniqueConstraint("metric_id"),
)

# Up to which revision the findings of a job were detected, in how many builds, and by which
# rules: `digest` stands for the program, its settings and the definitions.
judgement = table(
    "judgement",
    refers_to("job"),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("builds", sa.Integer, nullable=False),
    digest("digest"),
    sa.UniqueConstraint("job_id"),
)
