"""Names and comments of findings.

Revision 942c2de1262e of 2026-12-01, after 0337cb92b562.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '942c2de1262e'
down_revision = '0337cb92b562'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('former_finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('headline', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('build_id', sa.Integer(), nullable=False),
    sa.Column('successor', sa.String(length=16), nullable=True),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['build_id'], ['build.id'], name=op.f('fk_former_finding_build_id')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_former_finding_job_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_finding')),
    sa.UniqueConstraint('name', name=op.f('uq_former_finding_name')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('former_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_finding_job_id'), ['job_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_former_finding_revision'), ['revision'], unique=False)

    op.create_table('finding_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('who', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.Column('created', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=False),
    sa.Column('note', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_finding_comment_finding_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding_comment')),
    mariadb_charset='utf8mb4',
    mariadb_collate='utf8mb4_bin',
    mysql_charset='utf8mb4',
    mysql_collate='utf8mb4_bin'
    )
    with op.batch_alter_table('finding_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finding_comment_finding_id'), ['finding_id'], unique=False)

    with op.batch_alter_table('triage', schema=None) as batch_op:
        batch_op.add_column(sa.Column('assignee', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True))
        batch_op.add_column(sa.Column('undone', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=True))
        batch_op.add_column(sa.Column('undone_by', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('triage', schema=None) as batch_op:
        batch_op.drop_column('undone_by')
        batch_op.drop_column('undone')
        batch_op.drop_column('assignee')

    op.drop_table('finding_comment')
    op.drop_table('former_finding')
