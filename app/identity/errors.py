"""Ground floor, identity: why somebody is not let in, and what cannot be done to people, keys and groups."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import Kind, NotFound, PlatformError, Unavailable


class TokenMissing(PlatformError):
    """No credential came with the request."""

    code = "AUTH_TOKEN_MISSING"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Send an API key or token as `Authorization: Bearer …`.")


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """Whose a credential is, or was, that opens nothing any more."""

    tenant_id: str
    user_id: str
    key_id: str | None = None


class TokenInvalid(PlatformError):
    """The credential is not, or no longer, good; which of the reasons it is stays ours."""

    code = "AUTH_TOKEN_INVALID"
    kind = Kind.UNAUTHENTICATED

    def __init__(self, known: KnownCredential | None = None) -> None:
        super().__init__("This credential is not valid, has ended, or its user or tenant is suspended.")
        self.known = known  # for the audit trail alone: the answer is the same


class InsufficientScope(PlatformError):
    """The user may, but this key or token was made for less."""

    code = "AUTH_INSUFFICIENT_SCOPE"
    kind = Kind.FORBIDDEN


class ProviderAway(Unavailable):
    """The identity provider could not be asked about a key we do not know."""

    def __init__(self) -> None:
        super().__init__(
            "The identity provider cannot be reached to check this token; try again shortly.", retry_after=5
        )


class WebhookSignatureInvalid(PlatformError):
    """The message is not signed as it must be, or not just now; which of the two it is stays ours."""

    code = "WEBHOOK_SIGNATURE_INVALID"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("The signature is missing, wrong, too old or from the future.")


class PartnerNotFound(NotFound):
    """No such partner, or outside the caller's scope."""

    code = "PARTNER_NOT_FOUND"


class UserNotFound(NotFound):
    """No such person, or outside the caller's scope."""

    code = "USER_NOT_FOUND"


class KeyNotFound(NotFound):
    """No such key, or it is revoked, or it is not the caller's to see."""

    code = "API_KEY_NOT_FOUND"


class GroupNotFound(NotFound):
    """No such group, or outside the caller's scope."""

    code = "GROUP_NOT_FOUND"


class MemberNotFound(NotFound):
    """The group has no such member."""

    code = "GROUP_MEMBER_NOT_FOUND"


class CustomRoleNotFound(NotFound):
    """No such custom role, or outside the caller's scope."""

    code = "CUSTOM_ROLE_NOT_FOUND"


class RoleMappingNotFound(NotFound):
    """No such mapping, or outside the caller's scope."""

    code = "ROLE_MAPPING_NOT_FOUND"


class EmailConflict(PlatformError):
    """Another person of the tenant has that address."""

    code = "EMAIL_CONFLICT"
    kind = Kind.CONFLICT


class ExternalIdConflict(PlatformError):
    """Something of this kind is already known by that external id."""

    code = "EXTERNAL_ID_CONFLICT"
    kind = Kind.CONFLICT


class CustomRoleConflict(PlatformError):
    """Another custom role of the tenant has that name."""

    code = "CUSTOM_ROLE_CONFLICT"
    kind = Kind.CONFLICT


class RoleMappingConflict(PlatformError):
    """The group has that role already."""

    code = "ROLE_MAPPING_CONFLICT"
    kind = Kind.CONFLICT


class GroupsAreMirrored(PlatformError):
    """Groups come from ScaiKey; changing them here would be undone by the next reading."""

    code = "GROUPS_ARE_MIRRORED"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Groups are mirrored from ScaiKey; change them there.")


class SelfLockout(PlatformError):
    """The change would keep whoever makes it from undoing it."""

    code = "SELF_LOCKOUT"
    kind = Kind.CONFLICT
