"""Levels and rules set by people.

Revision a66bfcae3430 of 2026-12-01, after 7d3e5a90c41b.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = 'a66bfcae3430'
down_revision = '7d3e5a90c41b'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('metric_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('smallest', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('direction', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('ignored', sa.Boolean(), nullable=True),
    sa.Column('who', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('created', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=False),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_metric_rule_metric_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metric_rule')),
    sa.UniqueConstraint('metric_id', name=op.f('uq_metric_rule_metric_id')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    op.create_table('acceptance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('dataset', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('filter', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('level', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('series_digest', sa.String(length=64), nullable=False),
    sa.Column('build_id', sa.Integer(), nullable=False),
    sa.Column('who', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('created', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=False),
    sa.Column('note', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.ForeignKeyConstraint(['build_id'], ['build.id'], name=op.f('fk_acceptance_build_id')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_acceptance_job_id')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_acceptance_metric_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acceptance')),
    sa.UniqueConstraint('job_id', 'metric_id', 'series_digest', 'build_id', name=op.f('uq_acceptance_job_id_metric_id_series_digest_build_id')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('metric', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rules', sa.JSON(), nullable=True))

    with op.batch_alter_table('metric_definition', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rules', sa.JSON(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('metric_definition', schema=None) as batch_op:
        batch_op.drop_column('rules')

    with op.batch_alter_table('metric', schema=None) as batch_op:
        batch_op.drop_column('rules')

    op.drop_table('acceptance')
    op.drop_table('metric_rule')
