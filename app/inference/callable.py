"""Ground floor, inference: models and groups as values, ready to be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from app.identity.caller import Caller
from app.inference.ports import BackendConnection

Modality: TypeAlias = Literal["chat", "embedding"]
ALL = "all"
GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class BackendLinkValue:
    """That a model may be served by a backend, active or not."""

    backend_id: str
    priority: int = 0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class LinkedBackend:
    """One active place where a model runs, and everything needed to call it."""

    backend_id: str
    provider_id: str
    provider_type: str
    upstream_model: str
    modality: str
    priority: int
    weight: int
    timeout_s: float
    dimensions: int | None
    connection: BackendConnection = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallableModel:
    """A model as callers know it, with its active backends, lowest priority first."""

    id: str
    slug: str
    display_name: str
    description: str
    modality: str
    capabilities: Mapping[str, bool]
    context_window: int | None
    max_output_tokens: int | None
    system_prompt_template: str | None
    default_params: Mapping[str, Any]
    input_price: Decimal  # per million tokens
    output_price: Decimal
    avatar_url: str | None
    metadata: Mapping[str, Any]
    status: str
    visibility: str
    tenant_ids: frozenset[str]
    created_at: datetime
    updated_at: datetime
    version: int
    links: tuple[BackendLinkValue, ...]
    backends: tuple[LinkedBackend, ...]

    def shown_to(self, caller: Caller, tenant_id: str | None = None) -> bool:
        """Whether the caller sees it, in their own tenant or in the one they act in."""
        if self.visibility == ALL or (tenant_id or caller.tenant_id) in self.tenant_ids:
            return True
        return caller.is_super_admin


@dataclass(frozen=True, slots=True)
class CallableGroup:
    """Several models under one slug, in the order they are tried."""

    id: str
    slug: str
    scope_type: str
    scope_id: str | None
    members: tuple[CallableModel, ...]

    def shown_to(self, caller: Caller) -> bool:
        """Whether the caller is within its scope."""
        if self.scope_type == GLOBAL or caller.is_super_admin:
            return True
        return self.scope_id == (caller.partner_id if self.scope_type == "partner" else caller.tenant_id)
