"""Roof, HTTP: modules, their switches and their settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request

from app.http.envelope import Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.modules import ModuleRead, SettingRead
from app.identity.permissions import Core
from app.modules.catalogue import MODULES, Module, module_of
from app.modules.configuring import Configuring
from app.modules.switching import Switching
from app.modules.tables import EVERYWHERE
from app.paging import PageRequest, cut

router = APIRouter(prefix="/v1/modules", tags=["modules"], route_class=GatedRoute)
Named = Annotated[str | None, Query(max_length=64, description="Super-admins: this tenant; without it, everybody.")]


async def _named(request: Request, visit: Visit) -> Module:
    return module_of(request.path_params["module_id"])


@router.get("", operation_id="list_modules")
@gate(Core.MODULES_USE)
async def list_modules(visit: VisitDep, page: PageDep, tenant_id: Named = None) -> Listing[ModuleRead]:
    """List the modules and whether they are on."""
    shown = [await _read(visit, MODULES[module_id]) for module_id in _after(page)]
    return listing(visit, page, cut(shown, page, lambda module: module.id), lambda module: module)


@router.get("/{module_id}", operation_id="get_module")
@gate(Core.MODULES_USE, guard=_named)
async def get_module(visit: VisitDep, module_id: str, tenant_id: Named = None) -> Success[ModuleRead]:
    """Show one module."""
    return success(await _read(visit, visit.subject))


@router.post("/{module_id}/enable", operation_id="enable_module")
@gate(Core.MODULES_MANAGE, guard=_named)
async def enable(visit: VisitDep, module_id: str, tenant_id: Named = None) -> Success[ModuleRead]:
    """Switch a module on."""
    return await _switch(visit, enabled=True)


@router.post("/{module_id}/disable", operation_id="disable_module")
@gate(Core.MODULES_MANAGE, guard=_named)
async def disable(visit: VisitDep, module_id: str, tenant_id: Named = None) -> Success[ModuleRead]:
    """Switch a module off; what it holds is kept."""
    return await _switch(visit, enabled=False)


@router.get("/{module_id}/config", operation_id="get_module_config")
@gate(Core.MODULES_MANAGE, guard=_named)
async def get_config(visit: VisitDep, module_id: str, tenant_id: Named = None) -> Success[dict[str, str | None]]:
    """Show the settings in force; null is unset, secrets are masked."""
    return success(await _config(visit))


@router.put("/{module_id}/config", operation_id="set_module_config")
@gate(Core.MODULES_MANAGE, guard=_named)
async def set_config(
    visit: VisitDep, module_id: str, body: Annotated[dict[str, Any], Body()], tenant_id: Named = None
) -> Success[dict[str, str | None]]:
    """Set what is named, reset what is null, leave the rest."""
    scope, operator = _scope(visit), visit.caller.is_super_admin
    changed = await _configuring(visit).set(visit.subject, scope, body, operator=operator)
    visit.record("module.configured", ("module", visit.subject.id), settings=changed, scope=scope or "everywhere")
    return success(await _config(visit))


@router.get("/{module_id}/settings", operation_id="list_module_settings")
@gate(Core.MODULES_MANAGE, guard=_named)
async def list_settings(visit: VisitDep, module_id: str, tenant_id: Named = None) -> Success[list[SettingRead]]:
    """Show every setting there is, and from where its value comes."""
    return success([SettingRead.of(layer) for layer in await _configuring(visit).layers(visit.subject, _scope(visit))])


def _after(page: PageRequest) -> list[str]:
    """Those beyond a place, also where what stood there is a module no more."""
    after, falling = page.after, page.order == "desc"
    left = [id_ for id_ in MODULES if after is None or (id_ < after if falling else id_ > after)]
    return sorted(left, reverse=falling)[: page.limit + 1]


async def _switch(visit: Visit, *, enabled: bool) -> Success[ModuleRead]:
    module: Module = visit.subject
    scope, switching = _scope(visit), Switching(visit.transaction)
    if visit.caller.is_super_admin:
        await switching.set(module, scope, enabled=enabled)
    else:
        await switching.set_own(module, scope, enabled=enabled)
    verb = "enabled" if enabled else "disabled"
    visit.record(f"module.{verb}", ("module", module.id), scope=scope or "everywhere")
    return success(ModuleRead.of(module, enabled=enabled))


async def _read(visit: Visit, module: Module) -> ModuleRead:
    return ModuleRead.of(module, enabled=await visit.platform.switchboard.is_on(_scope(visit), module.id))


async def _config(visit: Visit) -> dict[str, str | None]:
    layers = await _configuring(visit).layers(visit.subject, _scope(visit))
    return {layer.setting.key: layer.effective for layer in layers}


def _configuring(visit: Visit) -> Configuring:
    return Configuring(visit.transaction, visit.platform.secrets)


def _scope(visit: Visit) -> str:
    """Super-admins speak for everybody unless they name a tenant; all others for the tenant they act in."""
    if visit.caller.is_super_admin and "tenant_id" not in visit.request.query_params:
        return EVERYWHERE
    return visit.tenant_id
