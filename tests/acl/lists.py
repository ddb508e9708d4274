"""Made-up people, groups and access lists, for properties of what is pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import APPLICABLE, ResourceKind

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = [NOW + timedelta(hours=hours) for hours in range(6)]
TENANT = "tnt"
PEOPLE, GROUPS = [f"usr{n}" for n in range(4)], [f"grp{n}" for n in range(3)]

_principals = st.one_of(
    st.tuples(st.just(PrincipalType.USER), st.sampled_from([*PEOPLE, "usr_gone"])),
    st.tuples(st.just(PrincipalType.GROUP), st.sampled_from(GROUPS)),
    st.just((PrincipalType.EVERYONE, None)),
)
_ends = st.one_of(st.none(), st.none(), st.sampled_from([NOW - timedelta(hours=1), *MOMENTS]))


@st.composite
def entries(draw: st.DrawFn, kind: ResourceKind, *, lasting: bool = False) -> tuple[Entry, ...]:
    """A list; `lasting` ones never end."""
    lines = draw(
        st.lists(
            st.tuples(
                st.sampled_from(Effect),
                _principals,
                st.one_of(st.integers(1, 255), st.sampled_from([1, 3, 17])),
                st.none() if lasting else _ends,
            ),
            max_size=5,
        )
    )
    made = []
    for number, (effect, (principal_type, principal_id), permissions, expires_at) in enumerate(lines):
        mask = permissions & APPLICABLE[kind] or 1
        made.append(Entry(f"{kind}{number}", effect, principal_type, principal_id, mask, expires_at))
    return tuple(made)


@st.composite
def documents(draw: st.DrawFn, *, lasting: bool = False) -> Resource:
    """A document that inherits from a collection."""
    owners = st.sampled_from([*PEOPLE, None])
    collection = Resource(
        ResourceKind.COLLECTION,
        "col",
        TENANT,
        draw(owners),
        draw(entries(ResourceKind.COLLECTION, lasting=lasting)),
        draw(st.sampled_from(DefaultAccess)),
    )
    own = draw(entries(ResourceKind.DOCUMENT, lasting=lasting))
    return Resource(ResourceKind.DOCUMENT, "doc", TENANT, draw(owners), own, inherits=True, collection=collection)


@st.composite
def crowds(draw: st.DrawFn) -> list[Subject]:
    """Everybody of a tenant, each in some groups."""
    groups = st.frozensets(st.sampled_from(GROUPS))
    return [Subject(person, TENANT, draw(groups), is_tenant_admin=person == PEOPLE[3]) for person in PEOPLE]
