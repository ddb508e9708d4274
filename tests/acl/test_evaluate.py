"""What a decision says, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acl.decision import Decision, Ground, Rule
from acl.evaluate import evaluate, holds_now, is_timeless, speaks_of
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import EDITOR, EVERY_BIT, MANAGER, OWNER, ROLES, VIEWER, Permission, ResourceKind, names_of
from acl.ref import ResourceRef

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SPAN = timedelta(microseconds=1)
ADA = Subject("ada", "acme", groups=frozenset({"staff"}))
SHELF = Resource(ResourceKind.COLLECTION, "shelf", "acme", "ben")
PLAN = Resource(ResourceKind.DOCUMENT, "plan", "acme", "ben", inherits=True, collection=SHELF)
READ, WRITE, INGEST = int(Permission.READ), int(Permission.WRITE), int(Permission.INGEST)


def entry(effect: Effect, permissions: int, *, id_: str = "one", expires_at: datetime | None = None) -> Entry:
    """An entry about ada."""
    return Entry(id_, effect, PrincipalType.USER, "ada", permissions, expires_at)


def having(resource: Resource, *entries: Entry) -> Resource:
    """A thing with these entries."""
    return replace(resource, entries=entries)


def test_each_deed_of_one_question_is_decided_by_its_own_rule() -> None:
    plan = having(PLAN, entry(Effect.DENY, WRITE), entry(Effect.ALLOW, READ | WRITE, id_="two"))
    decision = evaluate(ADA, plan, READ | WRITE, NOW)
    assert decision.grounds == (
        Ground(WRITE, allowed=False, rule=Rule.EXPLICIT_DENY, entry=plan.entries[0]),
        Ground(READ, allowed=True, rule=Rule.EXPLICIT_ALLOW, entry=plan.entries[1]),
    )
    assert decision.granted == READ
    assert not decision.allowed


def test_the_reason_is_the_first_refusal_or_else_the_first_permission() -> None:
    yes, no = (Ground(bit, allowed=bit == 1, rule=Rule.NONE) for bit in (1, 2))
    also, neither = Ground(4, allowed=True, rule=Rule.OWNER), Ground(8, allowed=False, rule=Rule.NONE)
    assert Decision((yes, no, neither)).ground is no
    assert Decision((yes, also)).ground is yes
    assert Decision((yes, also)).granted == 5
    assert Decision((yes, also)).allowed
    assert not Decision((yes, no)).allowed


def test_what_is_decided_lasts_unless_an_entry_of_the_thing_or_of_what_is_above_it_ends() -> None:
    lasting, ending = entry(Effect.ALLOW, READ), entry(Effect.DENY, READ, id_="two", expires_at=NOW)
    passing = having(SHELF, lasting, ending)
    for one in (SHELF, having(SHELF, lasting), PLAN, having(PLAN, lasting), replace(PLAN, collection=None)):
        assert is_timeless(one)
    for one in (passing, having(PLAN, lasting, ending), replace(PLAN, collection=passing)):
        assert not is_timeless(one)


def test_nothing_asked_is_nothing_granted() -> None:
    for subject in (ADA, replace(ADA, is_super_admin=True)):
        decision = evaluate(subject, replace(PLAN, owner_id="ada"), 0, NOW)
        assert decision.grounds == (Ground(0, allowed=False, rule=Rule.NONE),)
        assert (decision.allowed, decision.granted) == (False, 0)


def test_of_what_is_decided_the_rest_of_the_list_is_not_asked() -> None:
    unreadable = entry(Effect.ALLOW, READ, expires_at=NOW.replace(tzinfo=None))  # before or after no moment of ours
    assert evaluate(replace(ADA, is_tenant_admin=True), having(PLAN, unreadable), READ, NOW).allowed
    with pytest.raises(TypeError):
        evaluate(ADA, having(PLAN, unreadable), READ, NOW)


def test_what_nothing_speaks_of_is_refused_beside_what_is_granted() -> None:
    decision = evaluate(ADA, having(PLAN, entry(Effect.ALLOW, READ)), READ | WRITE, NOW)
    assert decision.granted == READ
    assert decision.ground == Ground(WRITE, allowed=False, rule=Rule.NONE)


@pytest.mark.parametrize("wanted", [INGEST, 255, 256, 511])
@pytest.mark.parametrize("subject", [replace(ADA, is_super_admin=True), replace(ADA, is_tenant_admin=True), ADA])
def test_nobody_ingests_into_a_document_or_does_what_there_is_not(subject: Subject, wanted: int) -> None:
    document = having(replace(PLAN, owner_id="ada"), entry(Effect.ALLOW, 255))
    decision = evaluate(subject, document, wanted, NOW)
    assert not decision.allowed
    assert decision.granted == wanted & 247
    assert decision.ground == Ground(wanted & ~247, allowed=False, rule=Rule.NONE)


def test_an_owner_ingests_into_their_collection() -> None:
    assert evaluate(ADA, replace(SHELF, owner_id="ada"), 255, NOW).granted == 255


def test_an_entry_is_absent_from_its_expiry_on_to_the_microsecond() -> None:
    for expires_at, there in ((NOW - SPAN, False), (NOW, False), (NOW + SPAN, True), (None, True)):
        line = entry(Effect.ALLOW, READ, expires_at=expires_at)
        assert holds_now(line, NOW) is there
        assert evaluate(ADA, having(PLAN, line), READ, NOW).allowed is there
        above = replace(PLAN, collection=having(SHELF, line))
        assert evaluate(ADA, above, READ, NOW).allowed is there


def test_an_expired_deny_denies_nothing() -> None:
    over = entry(Effect.DENY, READ, expires_at=NOW)
    shelf = replace(SHELF, default_access=DefaultAccess.TENANT)
    assert evaluate(ADA, having(replace(PLAN, collection=shelf), over), READ, NOW).allowed


def test_of_two_entries_alike_the_first_is_named() -> None:
    first, second = (entry(Effect.ALLOW, READ, id_=id_) for id_ in ("one", "two"))
    assert evaluate(ADA, having(PLAN, first, second), READ, NOW).ground.entry is first
    assert evaluate(ADA, having(PLAN, second, first), READ, NOW).ground.entry is second


@pytest.mark.parametrize(
    ("kind", "named", "speaks"),
    [
        (PrincipalType.EVERYONE, None, True),
        (PrincipalType.USER, "ada", True),
        (PrincipalType.USER, "ADA", False),
        (PrincipalType.USER, "staff", False),
        (PrincipalType.USER, None, False),
        (PrincipalType.GROUP, "staff", True),
        (PrincipalType.GROUP, "Staff", False),
        (PrincipalType.GROUP, "ada", False),
        (PrincipalType.GROUP, None, False),
    ],
)
def test_an_entry_is_about_whom_it_names(kind: PrincipalType, named: str | None, speaks: bool) -> None:
    assert speaks_of(Entry("one", Effect.ALLOW, kind, named, READ), ADA) is speaks


def test_a_thing_without_an_owner_is_nobodys() -> None:
    orphan = replace(PLAN, owner_id=None, collection=replace(SHELF, owner_id=None))
    assert evaluate(ADA, orphan, READ, NOW).ground.rule is Rule.NONE


def test_a_document_that_inherits_from_nothing_inherits_nothing() -> None:
    assert evaluate(ADA, replace(PLAN, collection=None), READ, NOW).ground.rule is Rule.NONE


def test_a_collections_own_entries_are_explicit_there_and_inherited_below() -> None:
    shelf = having(SHELF, entry(Effect.ALLOW, READ))
    assert evaluate(ADA, shelf, READ, NOW).ground.rule is Rule.EXPLICIT_ALLOW
    assert evaluate(ADA, replace(PLAN, collection=shelf), READ, NOW).ground.rule is Rule.INHERITED_ALLOW


def test_default_access_is_viewing_and_no_more_and_counts_for_the_collection_itself() -> None:
    shelf = replace(SHELF, default_access=DefaultAccess.TENANT)
    for thing in (shelf, replace(PLAN, collection=shelf)):
        decision = evaluate(ADA, thing, 255, NOW)
        assert decision.granted == VIEWER
        assert decision.grounds[0].rule is Rule.DEFAULT_ACCESS
    careless = replace(PLAN, default_access=DefaultAccess.TENANT)  # it is the collection's that counts
    assert not evaluate(ADA, careless, READ, NOW).allowed


def test_who_is_of_nowhere_owns_nothing_here() -> None:
    foreign = replace(ADA, tenant_id="globex", is_tenant_admin=True)
    shelf = replace(SHELF, owner_id="ada", default_access=DefaultAccess.TENANT)
    plan = having(replace(PLAN, owner_id="ada", collection=shelf), entry(Effect.ALLOW, 255))
    assert evaluate(foreign, plan, READ, NOW).grounds == (Ground(READ, allowed=False, rule=Rule.NONE),)
    assert evaluate(replace(foreign, is_super_admin=True), plan, READ, NOW).ground.rule is Rule.SUPER_ADMIN


def test_the_deeds_have_the_numbers_and_the_roles_the_sums_of_the_contract() -> None:
    assert [int(bit) for bit in Permission] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert (VIEWER, EDITOR, MANAGER, OWNER, EVERY_BIT) == (49, 59, 127, 255, 255)
    assert ROLES == {"VIEWER": 49, "EDITOR": 59, "MANAGER": 127, "OWNER": 255}
    assert names_of(VIEWER) == ["READ", "LIST", "READ_PERMISSIONS"]
    assert names_of(255) == list(Permission.__members__)
    assert names_of(0) == []


def test_a_thing_is_meant_by_kind_and_id() -> None:
    assert ResourceRef.document("a") != ResourceRef.collection("a")
    assert ResourceRef.document("a").kind is ResourceKind.DOCUMENT
    assert ResourceRef.collection("a").kind is ResourceKind.COLLECTION


def test_the_words_that_are_stored_and_told_stay_what_they_are() -> None:
    assert [str(kind) for kind in ResourceKind] == ["collection", "document"]
    assert [str(effect) for effect in Effect] == ["allow", "deny"]
    assert [str(principal) for principal in PrincipalType] == ["user", "group", "everyone"]
    assert [str(default) for default in DefaultAccess] == ["tenant", "restricted"]
    assert " ".join(Rule) == (
        "super_admin tenant_admin owner explicit_deny explicit_allow"
        " collection_owner inherited_deny inherited_allow default_access none"
    )
