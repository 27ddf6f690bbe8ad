"""Branches that are gone in Jenkins.

Revision 0337cb92b562 of 2026-12-01, after 900cec839170.
A migration is frozen history: it imports alembic and sqlalchemy only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '0337cb92b562'
down_revision = '900cec839170'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('branch') as batch_op:
        batch_op.add_column(sa.Column('gone', sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb'), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('branch') as batch_op:
        batch_op.drop_column('gone')
