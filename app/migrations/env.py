"""Roof, migrations: how Alembic reaches the database; the only file that imports every tables.py."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.migrations.tables import METADATA


def migrate() -> None:
    """Run the migrations on the connection that was handed in."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()


migrate()
