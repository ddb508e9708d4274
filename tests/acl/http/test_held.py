"""What somebody cannot see is not held by their asking, nor do they wait for those who hold it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.acl.http.asking import collection, refusal
from tests.world.people import Organisation
from tests.world.shelves import Shelf


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
async def test_who_may_not_change_a_list_does_not_hold_it(acme: Organisation, plans: Shelf, method: str) -> None:
    asked: list[str] = []

    def note(*arguments: object) -> None:
        if "mod_scaimatrix_acls.updated_at" in str(arguments[2]):  # the row itself, found or held
            asked.append(str(arguments[2]))

    engine = acme.running.platform.database.requests.sync_engine
    reader, found = acme.client("reader"), list[int]()
    event.listen(engine, "before_cursor_execute", note)
    try:
        for id_ in (plans.id, "col_missing"):
            asked.clear()
            answer = await reader.request(
                method, f"{collection(id_)}/aces/ace_any", json={} if method == "PATCH" else None
            )
            assert refusal(answer) == (404, "COLLECTION_NOT_FOUND", None)
            found.append(len(asked))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert found == [1, 1]
