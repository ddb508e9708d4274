"""Everybody of a tenant at once is the same as each of them alone."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from acl.evaluate import evaluate
from acl.facts import Resource, Subject
from acl.people import People, read_people
from acl.permission import EVERY_BIT
from acl.subjects import subject_of
from acl.ties import read_ties
from app.db.tenancy import Reach
from app.identity.standing import read_standing
from app.identity.tables import RoleMapping, User
from app.ids import new_id
from tests.acl.test_remedies import GROUPS, NOW, things
from tests.world.people import Organisation
from tests.world.shelves import group


@dataclass(frozen=True, slots=True)
class Everybody:
    """The people of a tenant, read together and one by one."""

    people: People
    subjects: dict[str, Subject]
    statements: int


nestings = st.lists(st.tuples(st.sampled_from(GROUPS), st.sampled_from(GROUPS)), max_size=5)
crowds = st.lists(st.frozensets(st.sampled_from(GROUPS)), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(nestings, crowds, st.frozensets(st.integers(0, 5)), things(), things())
def test_one_of_a_crowd_speaks_for_all_of_it(
    edges: list[tuple[str, str]], direct: list[frozenset[str]], admins: frozenset[int], one: Resource, other: Resource
) -> None:
    names = ["ada", "ben", "eve", "kim", "lou", "max"][: len(direct)]
    roles = {name: frozenset({"tenant_admin"} if place in admins else ()) for place, name in enumerate(names)}
    children: dict[str, list[str]] = {}
    for child, parent in edges:
        children.setdefault(parent, []).append(child)
    mapped = {"board": frozenset({"tenant_admin"})} if len(admins) % 2 else {}
    people = People("acme", roles, dict(zip(names, map(sorted, direct), strict=True)), children, mapped)
    spoken_for = {
        user_id: [evaluate(crowd.subject, thing, EVERY_BIT, NOW) for thing in (one, other)]
        for crowd in people.crowds([one, other])
        for user_id in crowd.user_ids
    }
    assert sorted(spoken_for) == sorted(names)
    for name, own in zip(names, direct, strict=True):
        groups = _closed(own, edges)
        is_admin = bool(roles[name]) or (bool(mapped) and "board" in groups)
        alone = Subject(name, "acme", groups, is_tenant_admin=is_admin)
        assert spoken_for[name] == [evaluate(alone, thing, EVERY_BIT, NOW) for thing in (one, other)]


def _closed(groups: frozenset[str], edges: list[tuple[str, str]]) -> frozenset[str]:
    for _ in GROUPS:
        groups = groups | {parent for child, parent in edges if child in groups}
    return groups


async def test_what_is_read_of_all_is_what_is_read_of_each(acme: Organisation) -> None:
    staff = await group(acme, "staff", "viewer")
    interns = await group(acme, "interns", "user", inside=[staff])
    await group(acme, "ring", inside=[interns])
    platform = acme.running.platform
    suspended = await acme.person("gone", "tenant_user")
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        now, session = transaction.clock.now(), transaction.session
        (await session.get_one(User, suspended.id)).status = "suspended"
        mapping = {"group_id": interns, "role": "tenant_admin", "created_at": now, "updated_at": now}
        session.add(RoleMapping(id=new_id("rmap"), tenant_id=acme.id, **mapping))

    def read(connection: Connection) -> Everybody:
        at = platform.clock.now()
        ids = [person.id for person in acme.people.values() if person.id != suspended.id]
        subjects = {id_: subject_of(read_standing(connection, id_, acme.id, at=at)) for id_ in ids}
        ties = {id_: read_ties(connection, acme.id, id_) for id_ in ids}
        assert {id_: tie.subject for id_, tie in ties.items() if tie} == subjects
        away = read_ties(connection, acme.id, suspended.id)
        assert away is not None
        assert not away.may_come_in
        assert read_ties(connection, "another", suspended.id) is None
        asked: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
        return Everybody(read_people(connection, acme.id), subjects, len(asked))

    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        read_now = await (await transaction.session.connection()).run_sync(read)
    assert read_now.statements == 4
    everybody = {id_: crowd.subject for crowd in read_now.people.crowds([]) for id_ in crowd.user_ids}
    assert everybody.keys() == read_now.subjects.keys()
    for id_, subject in read_now.subjects.items():
        assert everybody[id_].is_tenant_admin is subject.is_tenant_admin
        assert everybody[id_].groups <= subject.groups
