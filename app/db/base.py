"""Ground floor, db: what every table has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.db.types import Id, UtcTime

CATALOGUE = "catalogue"  # the epoch of everything a model call depends on
BUDGETS = "budgets"  # the epoch of every budget
MODULES = "modules"  # the epoch of which modules are on, and how they are set
STANDING = "{tenant}"  # the epoch of a tenant's people: who they are, which groups they are in, what they may do
ACCESS = "acl:{tenant}"  # the epoch of a tenant's access lists
ACCESS_ADDED = "acl:added:{collection}"  # the epoch of lists that are new within a collection

# MariaDB compares ids and slugs byte by byte, or two names that differ in case or accent would be one.
MARIADB = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
}


class Base(DeclarativeBase):
    """The one declarative base; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__: Any = MARIADB

    # A change of such a row makes what is cached of this scope stale in every process; "{tenant}" in it stands for
    # the row's own. See app/db/epochs.py.
    __epoch__: ClassVar[str | None] = None

    # The scope that a new row makes stale, where it is another: less is remembered of rows that are not there yet.
    # "{collection}" in it stands for the row's own; a row that is in none makes nothing stale.
    __epoch_of_new__: ClassVar[str | None] = None

    # Rows that are only ever added: a session refuses to change or remove them.
    __append_only__: ClassVar[bool] = False


class Timestamped:
    """Rows that remember when they came and when they last changed."""

    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Versioned:
    """Rows whose changes are counted; the count is their ETag and guards against lost updates."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        return {"version_id_col": cls.version}


class TenantOwned:
    """Rows of one tenant; a session narrowed to a tenant sees no others and writes no others."""

    @declared_attr
    def tenant_id(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy calls it on the class
        """The tenant the row belongs to."""
        return mapped_column(Id, ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
