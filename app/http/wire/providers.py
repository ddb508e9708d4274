"""Roof, HTTP shapes: providers and the backends at them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.http.envelope import Wire
from app.http.wire.models import unsaid
from app.inference.callable import Modality

ProviderType = Literal["openai", "anthropic", "azure", "mistral", "google", "custom", "local"]
ProviderName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^/\x00-\x1f\x7f]+$")
]
Address = Annotated[str, Field(min_length=1, max_length=1000)]
ApiKey = Annotated[str, Field(max_length=4000, pattern=r"^[\x21-\x7e]+$")]  # fit for a header
ApiVersion = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
UpstreamModel = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=190, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Dimensions = Annotated[int, Field(ge=1, le=65_536, strict=True)]
Timeout = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False, strict=True)]
BackendStatus = Literal["active", "disabled"]


class ConnectionWrite(Wire):
    """How something is reached; a key is taken and never given back."""

    base_url: Address | None = None
    api_key: ApiKey | None = Field(default=None, repr=False)
    api_version: ApiVersion | None = None


class ProviderCreate(ConnectionWrite):
    """A new provider."""

    name: ProviderName
    type: ProviderType


class ProviderPatch(ConnectionWrite):
    """What is to change of a provider; null takes a connection setting away."""

    name: ProviderName = Field(default_factory=unsaid)


class ProviderRead(Wire):
    """A provider; its address is shown to those who may change it."""

    id: str
    name: str
    type: ProviderType
    base_url: str | None
    api_version: str | None
    has_api_key: bool
    created_at: datetime
    updated_at: datetime


class Discovered(Wire):
    """The names of the models a provider offers."""

    models: list[str]


class BackendCreate(Wire):
    """A new backend."""

    provider_id: Annotated[str, Field(max_length=64)]
    upstream_model: UpstreamModel
    modality: Modality
    dimensions: Dimensions | None = None
    timeout_s: Timeout = 120.0
    status: BackendStatus = "active"
    connection: ConnectionWrite | None = None


class BackendPatch(Wire):
    """What is to change of a backend; a connection of null drops its own settings."""

    upstream_model: UpstreamModel = Field(default_factory=unsaid)
    dimensions: Dimensions | None = None
    timeout_s: Timeout = Field(default_factory=unsaid)
    status: BackendStatus = Field(default_factory=unsaid)
    connection: ConnectionWrite | None = None


class BackendRead(Wire):
    """A backend."""

    id: str
    provider_id: str
    uri: str
    upstream_model: str
    modality: Modality
    dimensions: int | None
    timeout_s: float
    status: BackendStatus
    has_own_connection: bool
    created_at: datetime
    updated_at: datetime


class BackendHealthRead(Wire):
    """How a backend was last seen; `failure` is why not, if it was looked at just now."""

    state: Literal["unknown", "up", "failing"]
    since: datetime | None
    checked_at: datetime | None
    failure_code: str | None
    failure: str | None
