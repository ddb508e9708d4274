"""Ground floor, modules: switch a module on or off, for everybody or for one tenant."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.transaction import Transaction
from app.errors import PermissionDenied
from app.modules.catalogue import Module
from app.modules.errors import ModuleNotEnabled
from app.modules.tables import EVERYWHERE, ModuleSwitch


@dataclass(frozen=True, slots=True)
class Switching:
    """Switches modules. What operators set for a tenant, its own admins cannot undo."""

    transaction: Transaction

    async def set(self, module: Module, scope: str, *, enabled: bool) -> None:
        """Switch as an operator."""
        await self._put(module, scope, enabled=enabled, by_operator=True)

    async def set_own(self, module: Module, tenant_id: str, *, enabled: bool) -> None:
        """Switch as a tenant's own admin: off, or back to what holds for everybody."""
        own = await self._get(module, tenant_id)
        if own is not None and own.by_operator:
            if own.enabled is not enabled:
                raise PermissionDenied("The platform's operators have set this for your tenant.")
            return
        if not enabled:
            await self._put(module, tenant_id, enabled=False, by_operator=False)
            return
        everywhere = await self._get(module, EVERYWHERE)
        if everywhere is not None and not everywhere.enabled:
            raise ModuleNotEnabled(module.id)
        if own is not None:
            await self.transaction.session.delete(own)

    async def _get(self, module: Module, scope: str) -> ModuleSwitch | None:
        return await self.transaction.session.get(ModuleSwitch, (module.id, scope))

    async def _put(self, module: Module, scope: str, *, enabled: bool, by_operator: bool) -> None:
        row = await self._get(module, scope)
        if row is None:
            row = ModuleSwitch(module=module.id, scope=scope)
            self.transaction.session.add(row)
        row.enabled, row.by_operator = enabled, by_operator
        row.updated_at = self.transaction.clock.now()
