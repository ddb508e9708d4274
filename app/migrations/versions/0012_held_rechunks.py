"""held re-chunks: what is built to be compared before it answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mod_scaimatrix_rechunks", sa.Column("is_held", sa.Boolean(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("mod_scaimatrix_rechunks", "is_held")
