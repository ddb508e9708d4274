"""Ground floor, modules: which modules there are, and every setting they know."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from app.errors import FieldIssue, ValidationFailed
from app.modules.errors import ModuleNotFound

MASK = "•••"  # what is shown of a secret; sent back, it leaves the secret as it is
_LONGEST = 2000
_LONGEST_NAME = 100  # of a setting somebody made up
_MOST_ISSUES = 20


class SettingKind(StrEnum):
    """What sort of value a setting takes."""

    ADDRESS = "address"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a module."""

    key: str
    kind: SettingKind
    description: str
    tenant_settable: bool = False  # whether a tenant's admins may set it for their tenant

    def checked(self, value: Any) -> str:
        """Return the value as it is kept, or refuse it."""
        if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST:
            raise ValidationFailed.of(self.key, f"must be text of 1 to {_LONGEST} characters, or null to reset it")
        return _address(self.key, value.strip()) if self.kind is SettingKind.ADDRESS else value


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the platform."""

    id: str
    name: str
    description: str
    settings: Mapping[str, Setting]

    def known(self, wanted: Mapping[str, Any]) -> Mapping[str, Setting]:
        """The settings of these names, or a refusal that names the nearest of each unknown one."""
        unknown = [key[:_LONGEST_NAME] for key in wanted if key not in self.settings][:_MOST_ISSUES]
        issues = [FieldIssue(key, self._nearest(key)) for key in unknown]
        if issues:
            raise ValidationFailed(f"{issues[0].field}: {issues[0].message}", details=issues)
        return {key: self.settings[key] for key in wanted}

    def _nearest(self, key: str) -> str:
        near = difflib.get_close_matches(key, self.settings, n=1, cutoff=0.5)
        if near:
            return f"unknown setting; did you mean {near[0]!r}?"
        return f"unknown setting; known are: {', '.join(sorted(self.settings)) or 'none'}"


def module_of(name: str) -> Module:
    """The module of a name."""
    if name not in MODULES:
        raise ModuleNotFound
    return MODULES[name]


def _address(key: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValidationFailed.of(key, "is not a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationFailed.of(key, "must be an absolute http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValidationFailed.of(key, "must not hold a user name or password")
    return value.rstrip("/")


def _module(id: str, name: str, description: str, *settings: Setting) -> Module:  # noqa: A002 - it is the id
    return Module(id, name, description, {setting.key: setting for setting in settings})


# Storage and addresses are the operators': a tenant that named a bucket would reach it with the platform's own keys,
# and one that named an address would have the platform call it unguarded.
_ALL = (
    _module("scaimatrix", "ScaiMatrix", "Collections of documents, and search in them by right of access."),
    _module(
        "scaipersona",
        "ScaiPersona",
        "Assistants that answer from collections and shares.",
        Setting("scaidrive_base_url", SettingKind.ADDRESS, "Base address of ScaiDrive, for sources that are shares."),
        Setting("s3_endpoint_url", SettingKind.ADDRESS, "Address of the S3 store of avatars; unset is the folder."),
        Setting("s3_bucket", SettingKind.TEXT, "Bucket of avatars."),
        Setting("s3_region", SettingKind.TEXT, "Region of that bucket."),
        Setting("s3_access_key", SettingKind.SECRET, "Access key of that bucket."),
        Setting("s3_secret_key", SettingKind.SECRET, "Secret key of that bucket."),
    ),
)
MODULES: Mapping[str, Module] = {module.id: module for module in _ALL}
