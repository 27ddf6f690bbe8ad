"""Triage covers series.

Revision 900cec839170 of 2026-12-01, after 68cf84c67d09.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op

revision = '900cec839170'
down_revision = '68cf84c67d09'
branch_labels = None
depends_on = None

TRIAGE = sa.table('triage', sa.column('id'), sa.column('finding_id'), sa.column('covers', sa.JSON(none_as_null=True)))


def upgrade() -> None:
    with op.batch_alter_table('finding') as batch_op:
        batch_op.add_column(sa.Column('grown_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_finding_grown_id'), 'build', ['grown_id'], ['id'])

    with op.batch_alter_table('triage') as batch_op:
        batch_op.add_column(sa.Column('covers', sa.JSON(none_as_null=True), nullable=True))

    cover()


def cover() -> None:
    """Let the latest triage of each finding cover the series that the finding has today."""
    bind = op.get_bind()
    latest = sa.select(TRIAGE.c.finding_id, sa.func.max(TRIAGE.c.id)).group_by(TRIAGE.c.finding_id)
    for finding, key in bind.execute(latest).all():
        found = bind.execute(series_of(finding)).mappings().all()
        here = sa.update(TRIAGE).where(TRIAGE.c.id == key)
        bind.execute(here.values(covers=[dict(each) for each in found]))


def series_of(finding: int) -> sa.Select[tuple[object, ...]]:
    names = ('kind', 'dataset', 'filter', 'level', 'unit', 'before', 'after')
    series = sa.table('finding_series', *map(sa.column, ('finding_id', 'metric_id', 'position', *names)))
    metric = sa.table('metric', sa.column('id'), sa.column('name'))
    columns = [*(series.c[name] for name in names), metric.c.name.label('metric')]
    query = sa.select(*columns).join_from(series, metric, metric.c.id == series.c.metric_id)
    return query.where(series.c.finding_id == finding).order_by(series.c.position)


def downgrade() -> None:
    with op.batch_alter_table('triage') as batch_op:
        batch_op.drop_column('covers')

    with op.batch_alter_table('finding') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_finding_grown_id'), type_='foreignkey')
        batch_op.drop_column('grown_id')
