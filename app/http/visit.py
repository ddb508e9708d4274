"""Roof, HTTP: one authenticated request while it is being answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request

from app.audit.record import record
from app.db.base import TenantOwned
from app.db.tenancy import REACH, Reach, TenantSession
from app.db.transaction import Transaction
from app.errors import Kind, NotFound, PermissionDenied, PlatformError, PreconditionFailed
from app.http.authentication import place_of
from app.identity.caller import Caller
from app.identity.tables import Tenant
from app.identity.tokens import Place
from app.paging import Order, PageRequest
from app.wiring import Platform

Owned = TypeVar("Owned", bound=TenantOwned)
_SLOW_SECONDS = 1.0


class TenantNotFound(NotFound):
    """No such tenant, or outside the caller's scope."""

    code = "TENANT_NOT_FOUND"


class NoTransaction(PlatformError):
    """A route asked for a transaction its gate did not open: a fault of ours."""

    code = "INTERNAL_ERROR"
    kind = Kind.INTERNAL


@dataclass(slots=True)
class Visit:
    """Who is here, in which tenant they act, and the transaction it all happens in."""

    request: Request
    platform: Platform
    caller: Caller
    tenant_id: str
    bearer: str = field(repr=False)
    epochs: Mapping[str, int] = field(default_factory=dict)  # read on the way in; see Credentials.admit
    _transaction: Transaction | None = None
    headers: dict[str, str] = field(default_factory=dict)
    reads_body: bool = False  # whether the route takes JSON
    subject: Any = None  # what the path names, once its guard has let the caller at it

    @property
    def place(self) -> Place:
        """Where the credential was brought to."""
        return place_of(self.request)

    @property
    def transaction(self) -> Transaction:
        """The transaction of this request."""
        if self._transaction is None:
            raise NoTransaction("This route opened no transaction.")
        return self._transaction

    @property
    def session(self) -> TenantSession:
        """The session of this request's transaction."""
        return self.transaction.session

    def work_in(self, transaction: Transaction) -> None:
        """Go on in a transaction that has just been opened."""
        self._transaction = transaction

    async def act_in(self, tenant_id: str) -> Tenant:
        """Go on in another tenant of the caller's scope; anything else is not there."""
        tenant = await self.session.get(Tenant, tenant_id)
        if tenant is None or not in_scope(self.caller, tenant):
            raise TenantNotFound
        self.tenant_id = tenant.id
        self.session.info[REACH] = Reach.one(tenant.id)
        return tenant

    async def find(self, kind: type[Owned], id: str) -> Owned | None:  # noqa: A002 - it is the id
        """Find what an id names within the caller's scope, and go on in its tenant."""
        if self.caller.is_super_admin or self.caller.is_partner_admin:
            self.session.info[REACH] = Reach.everywhere()
        row = await self.session.get(kind, id)
        self.session.info[REACH] = Reach.one(self.tenant_id)
        if row is None or row.tenant_id == self.tenant_id:
            return row
        tenant = await self.session.get(Tenant, row.tenant_id)
        if tenant is None or not in_scope(self.caller, tenant):
            return None
        await self.act_in(tenant.id)
        return row

    async def body(self) -> bytes:
        """Read the body; whoever took their time over sending it must still be who they were when they began."""
        begun = time.monotonic()
        body = await self.request.body()
        if time.monotonic() - begun > _SLOW_SECONDS:
            await self.require_still()
        return body

    async def require_still(self) -> None:
        """Refuse to go on with something long once its caller may do anything less than when it began."""
        admitted = await self.platform.credentials.admit(self.bearer, self.place)
        now = admitted.caller
        same_place = (now.tenant_id, now.partner_id) == (self.caller.tenant_id, self.caller.partner_id)
        if not (same_place and now.permissions >= self.caller.permissions and now.roles >= self.caller.roles):
            raise PermissionDenied("What this began with is no longer permitted.")
        self.caller, self.epochs = now, admitted.epochs

    def record(self, action: str, target: tuple[str, str], **details: Any) -> None:
        """Put what was done into the audit trail of the tenant acted in."""
        record(self.transaction, self.caller, action, target=target, tenant_id=self.tenant_id, **details)

    def etag(self, version: int, beside: str = "") -> None:
        """Tell the client which version it is given; `beside` tells apart what else the answer shows."""
        self.headers["ETag"] = f'"{version}.{beside}"' if beside else f'"{version}"'

    def expect(self, version: int) -> None:
        """Refuse a change made against another version than the present one."""
        wanted = self.request.headers.get("if-match")
        if wanted is None or wanted.strip() == "*":
            return
        offered = {tag.strip().removeprefix("W/").strip('"').partition(".")[0] for tag in wanted.split(",")}
        if str(version) not in offered:
            raise PreconditionFailed(f'This has changed since; its version is now "{version}".')

    def expect_to_put(self, version: int | None) -> None:
        """The same for what a PUT makes where there is none (None): `If-None-Match: *` asks that there is none."""
        if version is None:
            if "if-match" in self.request.headers:
                raise PreconditionFailed("There is none by now; without `If-Match` it is made.")
            return
        if self.request.headers.get("if-none-match", "").strip() == "*":
            raise PreconditionFailed(f'There is one by now; its version is "{version}".')
        self.expect(version)


def in_scope(caller: Caller, tenant: Tenant) -> bool:
    """Whether a tenant is one the caller belongs to or administers."""
    if caller.is_super_admin or tenant.id == caller.tenant_id:
        return True
    return caller.is_partner_admin and tenant.partner_id == caller.partner_id


async def _visit(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


VisitDep = Annotated[Visit, Depends(_visit)]


async def _page(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    order: Annotated[Order, Query()] = "desc",
) -> PageRequest:
    after = visit.platform.cursors.open(cursor, list_name(visit, order)) if cursor else None
    return PageRequest(limit, after, order)


def list_name(visit: Visit, order: Order) -> str:
    """What a cursor belongs to: one list, of one tenant, in one order."""
    return f"{visit.tenant_id} {visit.request.url.path} {order}"


PageDep = Annotated[PageRequest, Depends(_page)]
