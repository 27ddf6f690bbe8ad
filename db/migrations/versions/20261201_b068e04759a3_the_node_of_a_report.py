"""The node of a report.

Revision b068e04759a3 of 2026-12-01, after a66bfcae3430.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = 'b068e04759a3'
down_revision = 'a66bfcae3430'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('notice') as batch_op:
        batch_op.add_column(sa.Column('node', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True))
    with op.batch_alter_table('report') as batch_op:
        batch_op.add_column(sa.Column('node', sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb'), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('report') as batch_op:
        batch_op.drop_column('node')
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_column('node')
