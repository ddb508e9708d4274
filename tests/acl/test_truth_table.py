"""The truth table of a document and its collection, in full: every meeting of all that can speak for or against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from acl.evaluate import evaluate
from tests.acl.facing import must_say, resource_of, subject_of
from tests.acl.oracle import decide
from tests.acl.worlds import NOW, Line, Person, Thing, World

# ada is in the interns, and through them in the staff.
PRINCIPALS = {"ada": "user", "interns": "group", "staff": "group", "everyone": "everyone"}
BYPASSES = ("super_admin", "tenant_admin", "owner", "collection_owner")
SAID = list(product((None, *PRINCIPALS), repeat=2))  # to whom a list denies, and to whom it allows
YES_OR_NO = (False, True)


def lines(on: str, denied: str | None, allowed: str | None) -> list[Line]:
    """A list that allows somebody to read and write, and denies somebody the same."""
    said = {"allow": allowed, "deny": denied}
    return [
        Line(f"{on}-{effect}", on, effect, PRINCIPALS[name], None if name == "everyone" else name, 3)
        for effect, name in said.items()
        if name is not None
    ]


def case(bypass: set[str], *, same_tenant: bool = True, inherits: bool = True, default_access: str = "") -> World:
    """Ada, and one document of one collection, with no entries."""
    tenant = "acme" if same_tenant else "globex"
    mapped: list[tuple[str, str]] = [("staff", role) for role in BYPASSES[:2] if role in bypass]
    shelf_owner = "ada" if "collection_owner" in bypass else "ben"
    return World(
        tenants={"acme": False, "globex": False},
        people={"ada": Person("ada", tenant)},
        groups={"interns": tenant, "staff": tenant},
        members=[("interns", "ada")],
        nestings=[("staff", "interns")],
        mapped=mapped,
        things={
            "shelf": Thing("shelf", "acme", shelf_owner, default_access=default_access or "restricted"),
            "plan": Thing("plan", "acme", "ada" if "owner" in bypass else "ben", "shelf", inherits),
        },
    )


def entries_in_every_way() -> Iterator[list[Line]]:
    """Every pair of an own list and one above it."""
    for own, above in product(SAID, repeat=2):
        yield lines("plan", *own) + lines("shelf", *above)


@pytest.mark.parametrize("bypass", list(product(YES_OR_NO, repeat=4)), ids=str)
def test_every_case_of_the_table(bypass: tuple[bool, ...]) -> None:
    names = {name for name, is_so in zip(BYPASSES, bypass, strict=True) if is_so}
    compared = 0
    for same, inherits, default in product(YES_OR_NO, YES_OR_NO, ("restricted", "tenant")):
        world = case(names, same_tenant=same, inherits=inherits, default_access=default)
        subject = subject_of(world, world.people["ada"])
        for world.lines in entries_in_every_way():
            for thing in world.things.values():
                verdicts = decide(world, "ada", thing.id, NOW)
                must_say(evaluate(subject, resource_of(world, thing), 255, NOW), verdicts, 255)
            compared += 1
    assert compared == 2 * 2 * 2 * 25 * 25


# The same by hand: of two that speak at once, the left one decides. Read: "a deny here beats an allow here: no".
STRENGTHS = """
    super_admin      beats tenant_admin     : yes
    super_admin      beats owner            : yes
    super_admin      beats explicit_deny    : yes
    super_admin      beats explicit_allow   : yes
    super_admin      beats collection_owner : yes
    super_admin      beats inherited_deny   : yes
    super_admin      beats inherited_allow  : yes
    super_admin      beats default_access   : yes
    tenant_admin     beats owner            : yes
    tenant_admin     beats explicit_deny    : yes
    tenant_admin     beats explicit_allow   : yes
    tenant_admin     beats collection_owner : yes
    tenant_admin     beats inherited_deny   : yes
    tenant_admin     beats inherited_allow  : yes
    tenant_admin     beats default_access   : yes
    owner            beats explicit_deny    : yes
    owner            beats explicit_allow   : yes
    owner            beats collection_owner : yes
    owner            beats inherited_deny   : yes
    owner            beats inherited_allow  : yes
    owner            beats default_access   : yes
    explicit_deny    beats explicit_allow   : no
    explicit_deny    beats collection_owner : no
    explicit_deny    beats inherited_deny   : no
    explicit_deny    beats inherited_allow  : no
    explicit_deny    beats default_access   : no
    explicit_allow   beats collection_owner : yes
    explicit_allow   beats inherited_deny   : yes
    explicit_allow   beats inherited_allow  : yes
    explicit_allow   beats default_access   : yes
    collection_owner beats inherited_deny   : yes
    collection_owner beats inherited_allow  : yes
    collection_owner beats default_access   : yes
    inherited_deny   beats inherited_allow  : no
    inherited_deny   beats default_access   : no
    inherited_allow  beats default_access   : yes
"""
ALONE = """
    what speaks      | it inherits | it does not | another tenant's
    super_admin      | yes         | yes         | yes
    tenant_admin     | yes         | yes         | no
    owner            | yes         | yes         | no
    explicit_deny    | no          | no          | no
    explicit_allow   | yes         | yes         | no
    collection_owner | yes         | no          | no
    inherited_deny   | no          | no          | no
    inherited_allow  | yes         | no          | no
    default_access   | yes         | no          | no
    nothing          | no          | no          | no
"""
PAIRS = [line.replace(" beats ", ":").split(":") for line in STRENGTHS.strip().splitlines()]
ROWS = [[cell.strip() for cell in line.split("|")] for line in ALONE.strip().splitlines()[1:]]


def where(*speaking: str, same_tenant: bool = True, inherits: bool = True, principal: str = "ada") -> World:
    """A case in which just these rules speak."""
    default = "tenant" if "default_access" in speaking else "restricted"
    made = case(set(speaking), same_tenant=same_tenant, inherits=inherits, default_access=default)
    for on, rules in (("plan", "explicit"), ("shelf", "inherited")):
        said = [principal if f"{rules}_{effect}" in speaking else None for effect in ("deny", "allow")]
        made.lines += lines(on, *said)
    return made


def read_by(world: World) -> tuple[str, str]:
    """Whether ada may read the plan, and by which rule."""
    subject, plan = subject_of(world, world.people["ada"]), resource_of(world, world.things["plan"])
    ground = evaluate(subject, plan, 1, NOW).ground
    return "yes" if ground.allowed else "no", str(ground.rule)


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize(("stronger", "weaker", "answer"), [[cell.strip() for cell in pair] for pair in PAIRS])
def test_of_two_that_speak_the_stronger_decides(stronger: str, weaker: str, answer: str, principal: str) -> None:
    assert read_by(where(stronger, weaker, principal=principal)) == (answer, stronger)


@pytest.mark.parametrize(("speaking", "inherits", "broken", "foreign"), ROWS)
def test_what_speaks_alone(speaking: str, inherits: str, broken: str, foreign: str) -> None:
    assert read_by(where(speaking))[0] == inherits
    assert read_by(where(speaking, inherits=False))[0] == broken
    assert read_by(where(speaking, same_tenant=False))[0] == foreign


def test_the_table_by_hand_is_complete() -> None:
    rules = [row[0] for row in ROWS if row[0] != "nothing"]
    assert len(PAIRS) == len(rules) * (len(rules) - 1) // 2 == 36
    assert len({(pair[0].strip(), pair[1].strip()) for pair in PAIRS}) == 36
