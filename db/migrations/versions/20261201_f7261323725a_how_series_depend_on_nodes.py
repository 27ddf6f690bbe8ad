"""How series depend on nodes.

Revision f7261323725a of 2026-12-01, after 942c2de1262e.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = 'f7261323725a'
down_revision = '942c2de1262e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('node_effect',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('dataset', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('filter', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('level', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('unit', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('reference', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('effects', sa.JSON(), nullable=False),
    sa.Column('factors', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_node_effect_job_id')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_node_effect_metric_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_node_effect')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('node_effect', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_node_effect_job_id'), ['job_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('node_effect', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_node_effect_job_id'))

    op.drop_table('node_effect')
