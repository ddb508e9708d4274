"""Roof, moving: who of an export is who here, and what becomes of what is said of those whom nobody knows.

An allowance for somebody unknown is left out. A denial of somebody unknown is refused: whoever they are here could
read what they must not. Where nobody is told apart for certain, nobody is meant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select

from acl.facts import DefaultAccess, Effect, PrincipalType
from app.db.bulk import batches
from app.db.tenancy import TenantSession
from app.moving.errors import MoveRefused
from app.moving.lists import CALLED
from app.moving.shapes import AccessLine, EntryLine, PrincipalLine
from app.moving.survey import Survey

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Consent:
    """What is allowed that otherwise is refused, or left out."""

    unsealed: bool = False  # an export that this platform did not seal
    without_denials: bool = False  # denials of those whom nobody knows here are left out
    everyone: bool = False  # what everybody of the tenant it is from may, everybody of this one may


@dataclass(frozen=True, slots=True)
class Matched:
    """Who is who, and whether what is said of everybody is said of the same people."""

    here: Mapping[str, str]  # by the id in the export
    everyone: bool

    def owner(self, access: AccessLine) -> str | None:
        """The owner of a thing, if they are known here."""
        return self.here.get(access.owner) if access.owner is not None else None

    def entries(self, access: AccessLine) -> Iterable[tuple[EntryLine, str | None]]:
        """The entries that are kept, each with whom it is about here."""
        for entry in access.entries:
            if entry.principal is None:
                if entry.effect is Effect.DENY or self.everyone:
                    yield entry, None
            elif entry.principal in self.here:
                yield entry, self.here[entry.principal]

    def default_access(self, said: DefaultAccess) -> DefaultAccess:
        """What those may of whom nobody speaks."""
        return said if self.everyone else DefaultAccess.RESTRICTED


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of an export's lists is not so here, for people to see to."""

    allowances: Sequence[str] = ()  # of these
    denials: Sequence[str] = ()
    owners: Sequence[str] = ()
    everyone: bool = False


async def match(session: TenantSession, tenant_id: str, found: Survey, consent: Consent) -> tuple[Matched, LeftOut]:
    """Find those whom an export speaks of; refuses if it denies something to somebody who is not found."""
    spoken, same = found.spoken, found.ours and found.manifest.tenant_id == tenant_id
    here: dict[str, str] = {}
    for kind in CALLED:
        meant = [one for one in found.principals.values() if one.kind is kind]
        here |= await (_the_same(session, kind, meant) if same else _alike(session, kind, meant))
    names = {id_: f"{one.kind} {one.called}" for id_, one in found.principals.items()}
    denials = sorted(names[id_] for id_ in spoken.denied - here.keys())
    if denials and not consent.without_denials:
        more = f" and {len(denials) - _MOST_NAMED} more" if len(denials) > _MOST_NAMED else ""
        raise MoveRefused(
            f"It denies something to whom nobody knows here: {', '.join(denials[:_MOST_NAMED])}{more}. Add them first, "
            "or they could read what they must not; --without-denials leaves what is said of them out."
        )
    everyone = same or consent.everyone
    left = LeftOut(
        allowances=sorted(names[id_] for id_ in spoken.allowed - here.keys()),
        denials=denials,
        owners=sorted(names[id_] for id_ in spoken.owners - here.keys()),
        everyone=spoken.everyone and not everyone,
    )
    return Matched(here, everyone), left


async def _the_same(session: TenantSession, kind: PrincipalType, meant: Sequence[PrincipalLine]) -> dict[str, str]:
    """Those who are still there: in their own tenant nobody is known by anything but their id."""
    table, _ = CALLED[kind]
    found: dict[str, str] = {}
    for some in batches(meant):
        ids = await session.scalars(select(table.id).where(table.id.in_([one.id for one in some])))
        found |= {id_: id_ for id_ in ids}
    return found


async def _alike(session: TenantSession, kind: PrincipalType, meant: Sequence[PrincipalLine]) -> dict[str, str]:
    """Those who are called the same, if nobody else is, and no directory says that they are others."""
    table, called = CALLED[kind]
    by_name = defaultdict[str, list[Row[str, str, str | None]]](list)
    for some in batches(sorted({one.called for one in meant})):
        wanted = select(table.id, called.label("called"), table.external_id).where(called.in_(some))
        for row in await session.execute(wanted):
            by_name[row.called].append(row)
    times = Counter(one.called for one in meant)
    return {
        one.id: by_name[one.called][0].id
        for one in meant
        if times[one.called] == 1
        and len(by_name[one.called]) == 1
        and _may_be(one.external_id, by_name[one.called][0].external_id)
    }


def _may_be(there: str | None, here: str | None) -> bool:
    return there is None or here is None or there == here
