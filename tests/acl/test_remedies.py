"""What is said to turn an answer turns it, in any world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acl.case import Case, OnList, Step
from acl.changes import AddEntry, ChangeEntry, RemoveEntry, SetOwner
from acl.explaining import Verdict, explain
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource
from acl.permission import APPLICABLE, EVERY_BIT, Permission, ResourceKind
from acl.ties import PASSING_BY, Ties
from app.identity.membership import close_upwards

NOW = datetime(2026, 9, 3, tzinfo=UTC)
PEOPLE, GROUPS = ["ada", "ben"], ["staff", "interns", "summer", "board"]
principals = st.one_of(
    st.tuples(st.just(PrincipalType.USER), st.sampled_from(PEOPLE)),
    st.tuples(st.just(PrincipalType.GROUP), st.sampled_from(GROUPS)),
    st.just((PrincipalType.EVERYONE, None)),
)
deeds = st.one_of(st.sampled_from([int(permission) for permission in Permission]), st.integers(1, EVERY_BIT))
ends = st.sampled_from([None, None, NOW + timedelta(days=1), NOW, NOW - timedelta(days=1)])
seldom = st.integers(0, 9).map(lambda number: number == 0)


@st.composite
def lines(draw: st.DrawFn, prefix: str) -> tuple[Entry, ...]:
    made = draw(st.lists(st.tuples(st.sampled_from(Effect), principals, deeds, ends), max_size=5))
    return tuple(
        Entry(f"{prefix}{number}", effect, principal_type, principal_id, permissions, end)
        for number, (effect, (principal_type, principal_id), permissions, end) in enumerate(made)
    )


@st.composite
def things(draw: st.DrawFn) -> Resource:
    owners, defaults = st.sampled_from([None, "ada", "ben", "eve"]), st.sampled_from(DefaultAccess)
    collection = Resource(
        ResourceKind.COLLECTION, "col", "acme", draw(owners), draw(lines("above")), default_access=draw(defaults)
    )
    if draw(st.booleans()):
        return collection
    own, inherits = draw(lines("own")), draw(st.booleans())
    return Resource(ResourceKind.DOCUMENT, "doc", "acme", draw(owners), own, inherits=inherits, collection=collection)


@st.composite
def persons(draw: st.DrawFn) -> Ties:
    pairs = st.tuples(st.sampled_from(GROUPS), st.sampled_from(GROUPS))
    roles = st.sampled_from(sorted(PASSING_BY))
    return Ties(
        "ben",
        "acme",
        is_active=not draw(seldom),
        tenant_is_active=not draw(seldom),
        roles=frozenset(draw(st.lists(roles, max_size=2))) if draw(seldom) else frozenset(),
        direct=frozenset(draw(st.lists(st.sampled_from(GROUPS), max_size=3))),
        nestings=tuple(draw(st.lists(pairs, max_size=4))),
        mapped=((draw(st.sampled_from(GROUPS)), draw(roles)),) if draw(seldom) else (),
    )


cases = st.builds(Case, persons(), things(), deeds, st.just(NOW))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases, st.booleans())
def test_every_remedy_alone_turns_the_answer_and_there_is_one_wherever_there_can_be(case: Case, discreet: bool) -> None:
    explained = explain(case, discreet=discreet)
    possible = case.wanted & ~APPLICABLE[case.resource.kind] == 0
    assert bool(explained.remedies) is possible
    for remedy in explained.remedies:
        assert case.after(*remedy.steps).decision.allowed is not explained.decision.allowed


@settings(max_examples=500, deadline=None)
@given(cases)
def test_the_rules_are_told_in_their_order_and_the_last_that_decided_ends_the_asking(case: Case) -> None:
    explained = explain(case)
    verdicts = [said.verdict for said in explained.rules]
    last = max(place for place, verdict in enumerate(verdicts) if verdict is Verdict.DECIDED)
    assert set(verdicts[last + 1 :]) <= {Verdict.NOT_ASKED}
    assert Verdict.NOT_ASKED not in verdicts[:last]
    decided = {said.rule for said in explained.rules if said.verdict is Verdict.DECIDED}
    assert decided == {ground.rule for ground in explained.decision.grounds}
    assert explained.decision.ground.entry in {
        None,
        *(entry for said in explained.rules if said.verdict is Verdict.DECIDED for entry in said.entries),
    }


@settings(max_examples=500, deadline=None)
@given(persons(), st.sampled_from(GROUPS))
def test_the_path_to_a_group_is_a_shortest_way_along_real_edges(ties: Ties, group: str) -> None:
    path = ties.path_to(group)
    assert bool(path) is (group in ties.subject.groups)
    if path:
        assert path[0] in ties.direct
        assert path[-1] == group
        assert all(edge in ties.nestings for edge in pairwise(path))
        reached, steps = set(ties.direct), 1
        while group not in reached:
            reached |= {parent for child, parent in ties.nestings if child in reached}
            steps += 1
        assert len(path) == steps


@settings(max_examples=500, deadline=None)
@given(persons(), st.lists(st.sampled_from(GROUPS)))
def test_who_leaves_all_groups_that_lead_to_some_is_in_none_of_them(ties: Ties, groups: list[str]) -> None:
    left = ties.direct - set(ties.leading_to(groups))
    assert not close_upwards(left, ties.nestings) & set(groups)
    for group in ties.leading_to(groups):
        assert close_upwards([group], ties.nestings) & set(groups)


def test_the_narrowest_comes_first_and_ownership_last() -> None:
    def first_and_last(*entries: Entry) -> tuple[Step, Step]:
        thing = Resource(ResourceKind.COLLECTION, "col", "acme", "ada", entries)
        found = explain(Case(Ties("ben", "acme", direct=frozenset({"staff"})), thing, 1, NOW)).remedies
        return found[0].steps[0], found[-1].steps[0]

    ben, staff = (PrincipalType.USER, "ben"), (PrincipalType.GROUP, "staff")
    only_his, of_all = Entry("e", Effect.ALLOW, *ben, 1), Entry("e", Effect.ALLOW, *staff, 1)
    assert first_and_last(only_his)[0] == OnList(RemoveEntry("e"))
    assert first_and_last(of_all)[0] == OnList(AddEntry(Entry("", Effect.DENY, *ben, 1)))
    denied = Entry("f", Effect.DENY, *staff, 3)
    more = Entry("g", Effect.ALLOW, *staff, 3)
    first, last = first_and_last(denied, more)
    assert first == OnList(ChangeEntry(Entry("f", Effect.DENY, *staff, 2)))
    assert last == OnList(SetOwner("ben"))
