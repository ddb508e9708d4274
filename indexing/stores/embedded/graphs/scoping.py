"""Knowing, stores: which rows of an embedded graph a question is about."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from indexing.stores.embedded.graphs.layout import HAND_LAYER
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import GraphScope

_NO_LAYER = -1
_DOCUMENTS = "SELECT d.id FROM json_each(:documents) j CROSS JOIN documents d ON d.document_id = j.value"
_EDITIONS = "SELECT e.id FROM json_each(:without) j CROSS JOIN editions e ON e.edition_id = j.value"


@dataclass(frozen=True, slots=True)
class Narrow:
    """A scope as a condition on a table that has layer, document and edition, and what it is given."""

    conditions: tuple[str, ...]  # with `{0}` for the table
    given: dict[str, Any] = field(default_factory=dict)

    def on(self, table: str) -> str:
        """The condition on a table called so."""
        return " AND ".join(condition.format(table) for condition in self.conditions)


def narrow(connection: sqlite3.Connection, scope: GraphScope) -> Narrow:
    """What a scope is in the file as it is now."""
    found = connection.execute("SELECT id FROM layers WHERE layer = ?", (scope.layer,)).fetchone()
    given: dict[str, Any] = {"layer": found[0] if found else _NO_LAYER}
    told = []
    if scope.documents.ids or not scope.documents.all_except:
        told.append(f"{{0}}.document {'NOT IN' if scope.documents.all_except else 'IN'} ({_DOCUMENTS})")
        given["documents"] = listed(scope.documents.ids)
    if scope.without:
        told.append(f"{{0}}.edition NOT IN ({_EDITIONS})")
        given["without"] = listed(scope.without)
    if not scope.by_hand:
        return Narrow(("{0}.layer = :layer", *told), given)
    layers = f"{{0}}.layer IN ({HAND_LAYER}, :layer)"
    both = " AND ".join(told)
    return Narrow((layers, f"({{0}}.layer = {HAND_LAYER} OR {both})") if told else (layers,), given)
