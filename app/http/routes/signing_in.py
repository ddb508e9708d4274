"""Roof, HTTP: how people may sign in, said to everybody before they have."""

from __future__ import annotations

from fastapi import APIRouter, Request

from app.http.envelope import Success, Wire, success
from app.http.gate import public
from app.http.route import GatedRoute
from app.settings import Settings

router = APIRouter(prefix="/v1/auth", tags=["identity"], route_class=GatedRoute)


class OidcRead(Wire):
    """What a browser needs to sign somebody in with a code and PKCE: names that are public, and no secret."""

    issuer: str
    client_id: str
    scopes: list[str]


class SignInRead(Wire):
    """The ways to sign in: an API key always, ScaiKey where it is connected for browsers."""

    oidc: OidcRead | None


@router.get("/sign-in", operation_id="get_sign_in")
@public()
async def get_sign_in(request: Request) -> Success[SignInRead]:
    """Say where people sign in; the same for everybody who asks."""
    settings: Settings = request.app.state.platform.settings
    scaikey = settings.scaikey
    if not scaikey.browser_issuer:
        return success(SignInRead(oidc=None))
    scopes = scaikey.console_scopes.split()
    return success(SignInRead(oidc=OidcRead(issuer=scaikey.issuer, client_id=scaikey.console_client_id, scopes=scopes)))
