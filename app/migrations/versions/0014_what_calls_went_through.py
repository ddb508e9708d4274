"""what calls of assistants went through: times, ids and numbers beside what they cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_stages",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["usage_events.id"], name=op.f("fk_call_stages_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_call_stages_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_stages")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_nopad_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("call_stages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_stages_tenant_id"), ["tenant_id"], unique=False)


def downgrade() -> None:
    op.drop_table("call_stages")
