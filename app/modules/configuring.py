"""Ground floor, modules: set a module up, for everybody or for one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.db.transaction import Transaction
from app.errors import PermissionDenied
from app.modules.catalogue import MASK, Module, Setting, SettingKind
from app.modules.switchboard import PURPOSE
from app.modules.tables import EVERYWHERE, ModuleSetting
from app.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Layer:
    """One setting as the layers have it; secrets are masked."""

    setting: Setting
    everywhere: str | None
    here: str | None

    @property
    def effective(self) -> str | None:
        """The value in force."""
        return self.everywhere if self.here is None else self.here


@dataclass(frozen=True, slots=True)
class Configuring:
    """Reads and writes settings."""

    transaction: Transaction
    secrets: Secrets

    async def layers(self, module: Module, scope: str) -> list[Layer]:
        """Every setting of a module, as it is for everybody and for the scope."""
        rows = await self.transaction.session.scalars(
            select(ModuleSetting).where(ModuleSetting.module == module.id, ModuleSetting.scope.in_((EVERYWHERE, scope)))
        )
        kept = {(row.scope, row.key): row.value for row in rows}
        return [
            Layer(
                setting,
                _shown(setting, kept.get((EVERYWHERE, key))),
                None if scope == EVERYWHERE else _shown(setting, kept.get((scope, key))),
            )
            for key, setting in module.settings.items()
        ]

    async def set(self, module: Module, scope: str, values: Mapping[str, Any], *, operator: bool) -> list[str]:
        """Set what is named and reset what is null; returns the names of what was changed."""
        settings = module.known(values)
        if not operator and not all(setting.tenant_settable for setting in settings.values()):
            theirs = [key for key, setting in settings.items() if not setting.tenant_settable]
            raise PermissionDenied(f"Only the platform's operators set {', '.join(theirs)}.")
        checked = {key: None if value is None else settings[key].checked(value) for key, value in values.items()}
        return [key for key, value in checked.items() if await self._put(settings[key], module, scope, value)]

    async def _put(self, setting: Setting, module: Module, scope: str, value: str | None) -> bool:
        session = self.transaction.session
        row = await session.get(ModuleSetting, (module.id, scope, setting.key))
        secret = setting.kind is SettingKind.SECRET
        if value is None:
            if row is not None:
                await session.delete(row)
            return row is not None
        if secret and value == MASK:
            return False
        if row is None:
            row = ModuleSetting(module=module.id, scope=scope, key=setting.key)
            session.add(row)
        row.value = self.secrets.seal(value, purpose=PURPOSE) if secret else value
        row.updated_at = self.transaction.clock.now()
        return True


def _shown(setting: Setting, value: Any) -> str | None:
    if value is None:
        return None
    return MASK if setting.kind is SettingKind.SECRET else str(value)
