"""Ground floor, inference: what can go wrong between a caller and a model."""

from __future__ import annotations

from typing import ClassVar

from app.errors import Kind, NotFound, PlatformError


class ModelNotFound(PlatformError):
    """No such model, or not one this caller may see."""

    code = "MODEL_NOT_FOUND"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("No model answers to that name for you; GET /v1/models lists those that do.")


class ModelAccessDenied(PlatformError):
    """The caller sees the model but may not call it."""

    code = "MODEL_ACCESS_DENIED"
    kind = Kind.FORBIDDEN


class ModelUnavailable(PlatformError):
    """No backend of the model can be tried right now."""

    code = "MODEL_UNAVAILABLE"
    kind = Kind.UNAVAILABLE


class BackendFailure(PlatformError):
    """A backend did not answer as it should; `try_next` says whether another one might."""

    try_next: ClassVar[bool] = True


class BackendError(BackendFailure):
    """The backend answered with a failure of its own or could not be reached."""

    code = "BACKEND_ERROR"
    kind = Kind.UPSTREAM


class BackendRefused(BackendError):
    """The backend refuses this very request (its 400s); another backend would most likely refuse it too."""

    try_next = False


class BackendTimeout(BackendFailure):
    """The backend took longer than its limit."""

    code = "BACKEND_TIMEOUT"
    kind = Kind.UPSTREAM_TIMEOUT


class BackendRateLimited(BackendFailure):
    """The backend asks us to come back later."""

    code = "BACKEND_RATE_LIMITED"
    kind = Kind.LIMITED


class UpstreamShapeMismatch(BackendFailure):
    """The backend's answer is not in the shape its protocol promises."""

    code = "UPSTREAM_SHAPE_MISMATCH"
    kind = Kind.UPSTREAM


class ProviderNotFound(NotFound):
    """No such provider, or not one this caller may see."""

    code = "PROVIDER_NOT_FOUND"


class BackendNotFound(NotFound):
    """No such backend, or not one this caller may see."""

    code = "BACKEND_NOT_FOUND"


class ModelGroupNotFound(NotFound):
    """No such model group, or not one this caller may see."""

    code = "MODEL_GROUP_NOT_FOUND"


class ProviderHasBackends(PlatformError):
    """A provider cannot go while backends run on it."""

    code = "PROVIDER_HAS_BACKENDS"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Backends still run on this provider; delete them first.")


class BackendInUse(PlatformError):
    """A backend cannot go, or become another, while models are linked to it."""

    code = "BACKEND_IN_USE"
    kind = Kind.CONFLICT


class ModelOwnedByPersona(PlatformError):
    """A published persona's model is changed through its persona alone."""

    code = "MODEL_OWNED_BY_PERSONA"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This model belongs to a persona; change, publish or unpublish the persona instead.")
