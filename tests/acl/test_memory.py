"""What is remembered is what was true at the epoch it is asked for at, and never more than there is room for."""

from __future__ import annotations

from acl.decision import Decision
from acl.facts import Effect, Entry, PrincipalType, Resource, Subject
from acl.listed import Lists
from acl.memory import AccessMemory, Asker
from acl.permission import ResourceKind


def known(*ids: str, owner: str = "ada", entries: int = 0) -> Lists:
    """Some collections."""
    lines = tuple(Entry(str(n), Effect.ALLOW, PrincipalType.EVERYONE, None, 1) for n in range(entries))
    made = Lists()
    for id_ in ids:
        made.add(id_, owner, Resource(ResourceKind.COLLECTION, id_, "acme", owner, lines))
    return made


def test_it_is_recalled_at_its_epoch_and_at_no_other() -> None:
    memory = AccessMemory()
    assert dict(memory.recall("acme", 3)) == {}
    memory.remember("acme", 3, known("a"))
    memory.remember("acme", 3, known("b"))
    assert memory.recall("acme", 3) == known("a", "b")
    assert memory.recall("acme", 3).owned == {"ada": {"a", "b"}}
    for epoch in (2, 4):
        assert dict(memory.recall("acme", epoch)) == {}
    assert dict(memory.recall("globex", 3)) == {}


def test_what_is_newer_takes_the_place_of_all_that_is_older_and_never_the_other_way() -> None:
    memory = AccessMemory()
    memory.remember("acme", 3, known("a", "b"))
    memory.remember("acme", 4, known("b", owner="ben"))
    assert memory.remember("acme", 3, known("a", "b")) == known("a", "b")
    assert memory.recall("acme", 4) == known("b", owner="ben")
    assert dict(memory.recall("acme", 3)) == {}


def test_tenants_are_remembered_apart() -> None:
    memory = AccessMemory()
    memory.remember("acme", 1, known("a"))
    memory.remember("globex", 1, known("a", owner="ben"))
    assert memory.recall("acme", 1) == known("a")
    assert memory.recall("globex", 1) == known("a", owner="ben")


def test_who_was_asked_about_longest_ago_is_forgotten_first() -> None:
    memory = AccessMemory(most=4)
    memory.remember("acme", 1, known("a", "b"))
    memory.remember("globex", 1, known("c", "d"))
    assert len(memory.recall("acme", 1)) == 2
    memory.remember("initech", 1, known("e"))
    assert [len(memory.recall(tenant, 1)) for tenant in ("acme", "globex", "initech")] == [2, 0, 1]
    memory.remember("acme", 1, known("f"))
    assert [len(memory.recall(tenant, 1)) for tenant in ("acme", "globex", "initech")] == [3, 0, 1]
    memory.remember("globex", 1, known("c"))
    assert [len(memory.recall(tenant, 1)) for tenant in ("acme", "globex", "initech")] == [0, 1, 1]


def test_remembering_again_and_at_a_newer_epoch_takes_no_room_twice() -> None:
    memory = AccessMemory(most=2)
    for epoch in (1, 1, 2, 3):
        memory.remember("acme", epoch, known("a", "b"))
        assert memory.recall("acme", epoch) == known("a", "b")


def test_what_there_is_no_room_for_is_told_once_and_not_remembered() -> None:
    memory = AccessMemory(most=2)
    assert memory.remember("acme", 1, known("a", "b", "c")) == known("a", "b", "c")
    assert dict(memory.recall("acme", 1)) == {}
    memory.remember("acme", 1, known("a", "b"))
    assert len(memory.recall("acme", 1)) == 2


def test_entries_take_room_too() -> None:
    memory = AccessMemory(most=10)
    memory.remember("acme", 1, known("a", entries=9))
    assert len(memory.recall("acme", 1)) == 1
    memory.remember("globex", 1, known("b"))
    assert len(memory.recall("acme", 1)) == 0


def test_there_is_room_for_200_000_lists_and_entries() -> None:
    memory, line = AccessMemory(), Entry("one", Effect.ALLOW, PrincipalType.EVERYONE, None, 1)
    for entries, remembered in ((199_999, 1), (200_000, 0)):
        lists = Lists()
        lists.add("a", "ada", Resource(ResourceKind.COLLECTION, "a", "acme", "ada", (line,) * entries))
        memory.remember(f"with {entries}", 1, lists)
        assert len(memory.recall(f"with {entries}", 1)) == remembered


def test_who_was_read_about_lately_is_not_forgotten_first() -> None:
    memory = AccessMemory(most=4)
    for tenant, ids in (("acme", "a"), ("globex", "b"), ("acme", "c"), ("initech", "de")):
        memory.remember(tenant, 1, known(*ids))
    assert [len(memory.recall(tenant, 1)) for tenant in ("acme", "globex", "initech")] == [2, 0, 2]


def asker(user_id: str = "ada", *groups: str, epoch: int = 1) -> Asker:
    return Asker(Subject(user_id, "acme", frozenset(groups)), "acme", epoch)


def test_what_was_decided_is_remembered_of_one_person_as_they_were_for_one_deed() -> None:
    memory = AccessMemory()
    memory.decided(asker(), 1)[7] = decided = (
        Decision(()),
        True,
        Resource(ResourceKind.COLLECTION, "a", "acme", "ada"),
    )
    assert memory.decided(asker(), 1) == {7: decided}
    for other in (asker("ben"), asker("ada", "staff"), asker(epoch=2)):
        assert memory.decided(other, 1) == {}
    assert memory.decided(asker(), 3) == {}


def test_whoever_asked_longest_ago_is_forgotten_first() -> None:
    memory = AccessMemory()
    first, second = memory.decided(asker("first"), 1), memory.decided(asker("second"), 1)
    for number in range(254):  # with these two, all there is room for
        memory.decided(asker(f"{number}"), 1)
    assert memory.decided(asker("first"), 1) is first
    memory.decided(asker("newest"), 1)
    assert memory.decided(asker("first"), 1) is first
    assert memory.decided(asker("second"), 1) is not second
