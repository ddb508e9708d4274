"""Ground floor, inference: how providers and backends are reached, as sealed settings and as connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog

from app.errors import InternalFault, ValidationFailed
from app.inference.ports import BackendConnection
from app.secrets import Secrets

log = structlog.get_logger("inference")

PURPOSE = "provider"
LOCAL = "local"
DEFAULT_BASE_URLS: Mapping[str, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "mistral": "https://api.mistral.ai/v1",
    "google": "https://generativelanguage.googleapis.com/v1beta/openai",
}
DEFAULT_API_VERSION = "2024-10-21"  # the newest of Azure's that is not a preview
_NEED_ADDRESS = {"azure", "custom"}
_SETTINGS = ("base_url", "api_key", "api_version")

Settings = Mapping[str, str]


def merge(provider_type: str, held: Settings, changes: Mapping[str, str | None]) -> Settings:
    """Change the settings of a provider; what its type cannot do without must be there."""
    kept = merge_own(provider_type, held, changes)
    if provider_type in _NEED_ADDRESS and "base_url" not in kept:
        raise ValidationFailed.of("base_url", f"a provider of type {provider_type} needs one")
    return kept


def merge_own(provider_type: str, held: Settings, changes: Mapping[str, str | None]) -> Settings:
    """Change connection settings; None takes one away."""
    merged = {**held, **{name: value for name, value in changes.items() if name in _SETTINGS}}
    kept = {name: value for name, value in merged.items() if value is not None}
    if "base_url" in kept:
        if provider_type == LOCAL:
            raise ValidationFailed.of("base_url", "what runs in this process has no address")
        kept["base_url"] = checked_base_url(kept["base_url"])
    return kept


def checked_base_url(url: str) -> str:
    """Return an address without its trailing slash; secrets and parameters do not belong into it."""
    try:
        parts = urlsplit(url)
        sound = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise ValidationFailed.of("base_url", "is not an address")
    if parts.scheme not in {"http", "https"}:
        raise ValidationFailed.of("base_url", "must start with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValidationFailed.of("base_url", "must not carry a user name or password; use api_key")
    if "?" in url or "#" in url:
        raise ValidationFailed.of("base_url", "must not carry a query or fragment")
    return url.rstrip("/")


def seal(secrets: Secrets, settings: Settings) -> str | None:
    """Encrypt connection settings for their row."""
    return secrets.seal(json.dumps(dict(settings)), purpose=PURPOSE) if settings else None


def unseal(secrets: Secrets, sealed: str | None) -> Settings:
    """Decrypt the settings of a row; fails if they were sealed with another key."""
    if sealed is None:
        return {}
    settings: Settings = json.loads(secrets.unseal(sealed, purpose=PURPOSE))
    return settings


def readable(secrets: Secrets, sealed: str | None) -> Settings:
    """The settings of a row as far as they can be read, so that an operator can replace those that cannot."""
    try:
        return unseal(secrets, sealed)
    except InternalFault:
        log.error("connection_unreadable")
        return {}


def connection_of(provider_type: str, settings: Settings, own: Settings, timeout_s: float = 120.0) -> BackendConnection:
    """Where a backend is: by its own settings first; an address of its own does not get the provider's key."""
    base = own if "base_url" in own else {**settings, **own}
    return BackendConnection(
        provider_type=provider_type,
        base_url=base.get("base_url") or DEFAULT_BASE_URLS.get(provider_type),
        api_key=base.get("api_key"),
        api_version=base.get("api_version") or (DEFAULT_API_VERSION if provider_type == "azure" else None),
        timeout_s=timeout_s,
    )
