"""Findings.

Revision 9db2ca04540f of 2026-11-22, after 05fa946024cd.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '9db2ca04540f'
down_revision = '05fa946024cd'
branch_labels = None
depends_on = None

COUNTER = sa.table('counter', sa.column('name'), sa.column('value'))


def upgrade() -> None:
    op.create_table('judgement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('builds', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_judgement_job_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_judgement')),
    sa.UniqueConstraint('job_id', name=op.f('uq_judgement_job_id')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    op.create_table('finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('direction', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('build_id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('ended_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['build_id'], ['build.id'], name=op.f('fk_finding_build_id')),
    sa.ForeignKeyConstraint(['ended_id'], ['build.id'], name=op.f('fk_finding_ended_id')),
    sa.ForeignKeyConstraint(['first_id'], ['build.id'], name=op.f('fk_finding_first_id')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_finding_job_id')),
    sa.ForeignKeyConstraint(['last_id'], ['build.id'], name=op.f('fk_finding_last_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding')),
    sa.UniqueConstraint('name', name=op.f('uq_finding_name')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finding_job_id'), ['job_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finding_revision'), ['revision'], unique=False)

    op.create_table('finding_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('direction', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('dataset', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('filter', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('level', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('unit', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('build_id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('ended_id', sa.Integer(), nullable=True),
    sa.Column('before', sa.Double(), nullable=True),
    sa.Column('after', sa.Double(), nullable=True),
    sa.Column('sigma', sa.Double(), nullable=True),
    sa.Column('strength', sa.Double(), nullable=True),
    sa.Column('p_value', sa.Double(), nullable=True),
    sa.Column('specification', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('statistics', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.ForeignKeyConstraint(['build_id'], ['build.id'], name=op.f('fk_finding_series_build_id')),
    sa.ForeignKeyConstraint(['ended_id'], ['build.id'], name=op.f('fk_finding_series_ended_id')),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_finding_series_finding_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['first_id'], ['build.id'], name=op.f('fk_finding_series_first_id')),
    sa.ForeignKeyConstraint(['last_id'], ['build.id'], name=op.f('fk_finding_series_last_id')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_finding_series_metric_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding_series')),
    sa.UniqueConstraint('finding_id', 'position', name=op.f('uq_finding_series_finding_id_position')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    op.create_table('notification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('target', sa.String(length=64), nullable=False),
    sa.Column('claimed', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=False),
    sa.Column('sent', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=True),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_notification_finding_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
    sa.UniqueConstraint('finding_id', 'target', name=op.f('uq_notification_finding_id_target')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    op.create_table('triage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('who', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('created', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=False),
    sa.Column('note', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('ticket', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True),
    sa.Column('fixed_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_triage_finding_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_triage')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('triage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_triage_finding_id'), ['finding_id'], unique=False)

    with op.batch_alter_table('specification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('upper', sa.Double(), nullable=True))

    with op.batch_alter_table('build', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_build_job_id_revision'), ['job_id', 'revision'], unique=False)

    op.bulk_insert(COUNTER, [{'name': 'definitions', 'value': 0}])


def downgrade() -> None:
    op.execute(sa.delete(COUNTER).where(COUNTER.c.name == 'definitions'))
    with op.batch_alter_table('build', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_build_job_id_revision'))

    with op.batch_alter_table('specification', schema=None) as batch_op:
        batch_op.drop_column('upper')

    # Their indexes go with them; MariaDB does not let go of one that a foreign key uses.
    op.drop_table('triage')
    op.drop_table('notification')
    op.drop_table('finding_series')
    op.drop_table('finding')
    op.drop_table('judgement')
