"""The branch of a queued build.

Revision 68cf84c67d09 of 2026-12-01, after db53aa0ac4a8.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op

revision = '68cf84c67d09'
down_revision = 'db53aa0ac4a8'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('notice') as batch_op:
        batch_op.add_column(sa.Column('branch', sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_column('branch')
