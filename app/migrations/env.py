"""Roof, migrations: how Alembic reaches the database; the only file that imports every tables.py."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import context
from alembic.operations.ops import DowngradeOps, DropIndexOp, DropTableOp, MigrationScript, ModifyTableOps
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
        process_revision_directives=_tidy,
    )
    with context.begin_transaction():
        context.run_migrations()


def _tidy(_context: object, _revision: object, scripts: Iterable[MigrationScript]) -> None:
    """Leave indexes to the tables they go away with: MariaDB keeps an index a foreign key needs."""
    for script in scripts:
        for ways in script.downgrade_ops_list:
            _keep_indexes(ways)


def _keep_indexes(ways: DowngradeOps) -> None:
    dropped = {step.table_name for step in ways.ops if isinstance(step, DropTableOp)}
    for step in ways.ops:
        if isinstance(step, ModifyTableOps) and step.table_name in dropped:
            step.ops = [each for each in step.ops if not isinstance(each, DropIndexOp)]


migrate()
