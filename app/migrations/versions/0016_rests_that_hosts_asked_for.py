"""rests that hosts asked for, which all processes give them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mod_scaimatrix_host_rests",
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("apart", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_mod_scaimatrix_host_rests")),
        mysql_collate="utf8mb4_nopad_bin",
        mysql_default_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_mod_scaimatrix_host_rests_until", "mod_scaimatrix_host_rests", ["until"])


def downgrade() -> None:
    op.drop_table("mod_scaimatrix_host_rests")
