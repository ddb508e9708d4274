"""Knowing, stores: what every question to Neo4j is made of; none is about more than one collection of one tenant.

A `ScaiSource` is a chunk of an edition in a layer, a `ScaiThing` a key, a `ScaiTie` a relation between two of them.
What a source says hangs at the relationships MENTIONS and ASSERTS. A `ScaiTerm` is something to find a thing by: it
leads to whatever any source tells of so, and what sources in scope tell is read there.
"""

from __future__ import annotations

from typing import LiteralString

_OWN = "tenant: $tenant, collection: $collection"
_THIS = "layer: source.layer, document: source.document, chunk: source.chunk, edition: source.edition"
_IN_SCOPE = """((s.layer = '' AND $by_hand) OR (s.layer = $layer AND NOT s.edition IN $without
     AND (s.document IN $documents) <> $all_except))"""


def cypher(text: LiteralString) -> LiteralString:
    """A text in which `$own` names tenant and collection, `$this` a source, and `$in_scope` says that `s` counts."""
    return text.replace("$own", _OWN).replace("$this", _THIS).replace("$in_scope", _IN_SCOPE)
