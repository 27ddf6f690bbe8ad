"""Effects of nodes in findings.

Revision db53aa0ac4a8 of 2026-12-01, after ba0e36a0c68e.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = 'db53aa0ac4a8'
down_revision = 'ba0e36a0c68e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('finding_series') as batch_op:
        batch_op.add_column(sa.Column('nodes', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('finding_series') as batch_op:
        batch_op.drop_column('nodes')
