"""Files of a job that measure the same.

Revision d0c10e7cffbb of 2026-12-01, after 021944d75ae3.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = 'd0c10e7cffbb'
down_revision = '021944d75ae3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('file_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('prefix', sa.Integer(), nullable=False),
    sa.Column('suffix', sa.Integer(), nullable=False),
    sa.Column('metrics', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_file_group_job_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file_group')),
    sa.UniqueConstraint('job_id', 'digest', name=op.f('uq_file_group_job_id_digest')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )


def downgrade() -> None:
    op.drop_table('file_group')
