"""Ground floor, modules: switches and settings, for the platform and for one tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MODULES, Base
from app.db.types import Id, UtcTime

EPOCH = MODULES
EVERYWHERE = ""  # the scope of what holds for every tenant that says nothing else


class ModuleSwitch(Base):
    """Whether a module is on, for everybody or for one tenant."""

    __tablename__ = "module_switches"
    __epoch__ = EPOCH

    module: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    enabled: Mapped[bool] = mapped_column()
    by_operator: Mapped[bool] = mapped_column()  # a tenant's own admins leave such a switch alone
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class ModuleSetting(Base):
    """One setting of a module, for everybody or for one tenant; secrets are stored sealed."""

    __tablename__ = "module_settings"
    __epoch__ = EPOCH

    module: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
