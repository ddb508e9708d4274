"""Access lists over HTTP: who asks, and a collection to ask about."""

from __future__ import annotations

import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import MANAGER
from tests.acl.http.asking import AROUND
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, shelf


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    """A restricted collection of `owner`, with the document `roadmap`; `manager` manages it, `reader` is a stranger."""
    await acme.person("owner", permissions=AROUND)
    await acme.person("manager", permissions=AROUND)
    await acme.person("reader", permissions=AROUND)
    made = await shelf(acme, "roadmap", owner="owner", default_access=DefaultAccess.RESTRICTED)
    manager = (PrincipalType.USER, acme.people["manager"].id)
    await enter(acme, made.id, Effect.ALLOW, manager, permissions=MANAGER)
    return made
