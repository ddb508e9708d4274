"""A document that inherits no more, with what it inherited copied, is open to whom it was, and to nobody else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from acl.copying import copies
from acl.evaluate import evaluate
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import APPLICABLE, VIEWER, ResourceKind
from tests.acl.lists import GROUPS, MOMENTS, NOW, PEOPLE, TENANT, crowds, documents

_ALL = APPLICABLE[ResourceKind.DOCUMENT]


def alone(document: Resource, people: list[Subject]) -> Resource:
    """The document with copies of what it inherited, inheriting no more."""
    made = copies(document, [(person, [person.user_id]) for person in people], NOW)
    entries = [replace(copy.said, id=f"copy{number}") for number, copy in enumerate(made)]
    return replace(document, inherits=False, entries=(*document.entries, *entries))


def as_anybody(subject: Subject) -> Subject:
    """Somebody without the office that opens everything: they may lose it."""
    return replace(subject, is_tenant_admin=False, is_super_admin=False)


def masks(document: Resource, subject: Subject) -> list[int]:
    """What somebody may do, now and at every later moment at which it may change."""
    return [evaluate(subject, document, _ALL, moment).granted for moment in MOMENTS]


@settings(max_examples=300, deadline=None)
@given(document=documents(lasting=True), people=crowds())
def test_nobodys_rights_change_by_copying(document: Resource, people: list[Subject]) -> None:
    after = alone(document, people)
    for subject in people:
        assert masks(after, subject) == masks(document, subject)
        nobodys = replace(document, owner_id=None), replace(after, owner_id=None)
        assert masks(nobodys[1], as_anybody(subject)) == masks(nobodys[0], as_anybody(subject))


@settings(max_examples=300, deadline=None)
@given(document=documents(), people=crowds())
def test_where_entries_end_everything_is_as_it_was_now_and_never_more_later(
    document: Resource, people: list[Subject]
) -> None:
    after = alone(document, people)
    own_allowances_end = any(entry.effect is Effect.ALLOW and entry.expires_at for entry in document.entries)
    for subject in map(as_anybody, people):
        were, are = masks(document, subject), masks(after, subject)
        assert are[0] == were[0]
        assert all(now & ~then == 0 for now, then in zip(are, were, strict=True))
        assert own_allowances_end or are == were


@settings(max_examples=100, deadline=None)
@given(document=documents(), people=crowds())
def test_what_is_there_already_is_not_copied_again(document: Resource, people: list[Subject]) -> None:
    once = replace(alone(document, people), inherits=True)
    again = [copy.said for copy in copies(once, [(person, [person.user_id]) for person in people], NOW)]
    assert [entry for entry in again if entry.effect is Effect.ALLOW] == [] or any(
        entry.effect is Effect.DENY for entry in once.entries
    )


def entry(effect: Effect, principal: tuple[PrincipalType, str | None], permissions: int) -> Entry:
    return Entry("e", effect, principal[0], principal[1], permissions)


EVERYONE, INTERNS, BEN = (
    (PrincipalType.EVERYONE, None),
    (PrincipalType.GROUP, GROUPS[0]),
    (PrincipalType.USER, PEOPLE[0]),
)


def collection(*entries: Entry, default: DefaultAccess = DefaultAccess.RESTRICTED) -> Resource:
    return Resource(ResourceKind.COLLECTION, "col", TENANT, PEOPLE[2], entries, default)


def document(above: Resource, *entries: Entry) -> Resource:
    return Resource(ResourceKind.DOCUMENT, "doc", TENANT, None, entries, inherits=True, collection=above)


def said(document: Resource, *people: Subject) -> list[tuple[str, str, str | None, int]]:
    """The copies in short."""
    made = [copy.said for copy in copies(document, [(person, [person.user_id]) for person in people], NOW)]
    return [(one.effect, one.principal_type, one.principal_id, one.permissions) for one in made]


OWNER = ("allow", "user", PEOPLE[2], _ALL)


def test_a_denial_nobody_is_ahead_of_is_copied_as_it_is() -> None:
    above = collection(entry(Effect.DENY, INTERNS, 255), default=DefaultAccess.TENANT)
    people = [Subject(PEOPLE[0], TENANT, frozenset({GROUPS[0]})), Subject(PEOPLE[2], TENANT)]
    assert said(document(above), *people) == [
        ("deny", "group", GROUPS[0], _ALL),
        ("allow", "everyone", None, VIEWER),
        OWNER,
    ]


def test_a_denial_somebody_is_ahead_of_is_copied_for_each_of_the_others() -> None:
    above = collection(entry(Effect.DENY, INTERNS, 3), default=DefaultAccess.TENANT)
    interns = [Subject(person, TENANT, frozenset({GROUPS[0]})) for person in PEOPLE]
    assert said(document(above, entry(Effect.ALLOW, BEN, 1)), *interns) == [
        ("deny", "user", PEOPLE[0], 2),
        ("deny", "user", PEOPLE[1], 3),
        ("deny", "user", PEOPLE[3], 3),
        ("allow", "everyone", None, VIEWER),
        OWNER,
    ]


def test_what_everybody_is_denied_is_not_copied_where_somebody_is_ahead_of_it() -> None:
    above = collection(entry(Effect.DENY, EVERYONE, 1), entry(Effect.ALLOW, EVERYONE, 17))
    everybody = [Subject(person, TENANT) for person in PEOPLE]
    assert said(document(above), *everybody) == [("allow", "everyone", None, 16), OWNER]
