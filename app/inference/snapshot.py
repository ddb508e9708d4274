"""Ground floor, inference: the whole catalogue as it stands at one epoch, read in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

import structlog
from sqlalchemy import Connection, Table, select

from app.db.base import CATALOGUE
from app.db.epochs import read_epochs
from app.errors import InternalFault
from app.inference.callable import BackendLinkValue, CallableGroup, CallableModel, LinkedBackend
from app.inference.connections import connection_of, unseal
from app.inference.tables import Backend, BackendLink, FrontendModel, ModelGroup, ModelGroupMember, Provider
from app.secrets import Secrets

log = structlog.get_logger("inference")

_MODELS = cast("Table", FrontendModel.__table__)
_RENAMED = {"input_price_per_mtok": "input_price", "output_price_per_mtok": "output_price"}
_FROZEN = ("capabilities", "default_params", "metadata")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a model call may need to know, true at its epoch."""

    epoch: int
    models: Mapping[str, CallableModel]  # by slug
    by_id: Mapping[str, CallableModel]
    groups: Mapping[str, CallableGroup]  # by slug
    providers: Mapping[str, str]  # provider of each backend, also of the disabled ones
    backends: Mapping[str, LinkedBackend] = field(repr=False)  # every one whose connection can be read


@dataclass(frozen=True, slots=True)
class _Served:
    """The backends of the catalogue, before anything is linked to them."""

    backends: Mapping[str, LinkedBackend]
    providers: Mapping[str, str]
    active: frozenset[str]


def read_snapshot(connection: Connection, secrets: Secrets) -> Snapshot:
    """Read the catalogue; its epoch is read first and in the same transaction, so it is never too new."""
    epoch = read_epochs(connection, [CATALOGUE])[CATALOGUE]
    served = _served(connection, secrets)
    by_id = _models(connection, served)
    return Snapshot(
        epoch=epoch,
        models={model.slug: model for model in by_id.values()},
        by_id=by_id,
        groups=_groups(connection, by_id),
        providers=served.providers,
        backends=served.backends,
    )


def read_model(connection: Connection, secrets: Secrets, model_id: str) -> CallableModel:
    """Read one model as the transaction at hand sees it, uncommitted changes included."""
    return _models(connection, _served(connection, secrets), model_id)[model_id]


def _served(connection: Connection, secrets: Secrets) -> _Served:
    rows = connection.execute(
        select(
            Backend.id,
            Backend.provider_id,
            Provider.type,
            Backend.upstream_model,
            Backend.modality,
            Backend.timeout_s,
            Backend.dimensions,
            Backend.status,
            Provider.sealed_config,
            Backend.sealed_config.label("own_config"),
        ).join(Provider, Provider.id == Backend.provider_id)
    ).all()
    backends = {row.id: found for row in rows if (found := _backend(row, secrets)) is not None}
    active = frozenset(row.id for row in rows if row.status == "active" and row.id in backends)
    return _Served(backends, {row.id: row.provider_id for row in rows}, active)


def _backend(row: Any, secrets: Secrets) -> LinkedBackend | None:
    try:
        settings, own = unseal(secrets, row.sealed_config), unseal(secrets, row.own_config)
    except InternalFault:
        # One that was sealed with a lost key must not take the others down with it.
        log.error("connection_unreadable", backend_id=row.id)
        return None
    return LinkedBackend(
        backend_id=row.id,
        provider_id=row.provider_id,
        provider_type=row.type,
        upstream_model=row.upstream_model,
        modality=row.modality,
        priority=0,
        weight=1,
        timeout_s=row.timeout_s,
        dimensions=row.dimensions,
        connection=connection_of(row.type, settings, own, row.timeout_s),
    )


def _models(connection: Connection, served: _Served, only: str | None = None) -> dict[str, CallableModel]:
    models = select(_MODELS)
    links = select(BackendLink.model_id, BackendLink.backend_id, BackendLink.priority, BackendLink.weight)
    if only is not None:
        models, links = models.where(_MODELS.c.id == only), links.where(BackendLink.model_id == only)
    linked: defaultdict[str, list[BackendLinkValue]] = defaultdict(list)
    for model_id, backend_id, priority, weight in connection.execute(links):
        linked[model_id].append(BackendLinkValue(backend_id, priority, weight))
    rows = connection.execute(models).mappings()
    return {row["id"]: _model(dict(row), linked[row["id"]], served) for row in rows}


def _model(values: dict[str, Any], links: Sequence[BackendLinkValue], served: _Served) -> CallableModel:
    ordered = tuple(sorted(links, key=lambda link: (link.priority, link.backend_id)))
    for name, shown in _RENAMED.items():
        values[shown] = values.pop(name)
    for name in _FROZEN:
        values[name] = MappingProxyType(values[name])
    values["tenant_ids"] = frozenset(values["tenant_ids"])
    backends = tuple(
        replace(served.backends[link.backend_id], priority=link.priority, weight=link.weight)
        for link in ordered
        if link.backend_id in served.active
    )
    return CallableModel(**values, links=ordered, backends=backends)


def _groups(connection: Connection, by_id: Mapping[str, CallableModel]) -> dict[str, CallableGroup]:
    members: defaultdict[str, list[CallableModel]] = defaultdict(list)
    in_order = select(ModelGroupMember.group_id, ModelGroupMember.model_id)
    for group_id, model_id in connection.execute(in_order.order_by(ModelGroupMember.position, ModelGroupMember.id)):
        members[group_id].append(by_id[model_id])
    rows = connection.execute(select(ModelGroup.id, ModelGroup.slug, ModelGroup.scope_type, ModelGroup.scope_id))
    return {row.slug: CallableGroup(*row, members=tuple(members[row.id])) for row in rows}
