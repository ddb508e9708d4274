"""Knowing, stores: the constraints and indexes of a Neo4j database, made once and noted there by their version."""

from __future__ import annotations

from typing import LiteralString

# There is none by layer: it would lead from a thing to its sources by way of all sources of the layer.
VERSION = 1  # counts up with every change of what follows; what is here already is left as it is

NOTED: LiteralString = "MATCH (v:ScaiLayout {name: 'graph'}) RETURN v.version AS version"
NOTE: LiteralString = "MERGE (v:ScaiLayout {name: 'graph'}) SET v.version = $version"
FINISH: LiteralString = "CALL db.awaitIndexes(300)"

MAKE: tuple[LiteralString, ...] = (
    """CREATE CONSTRAINT scai_layout IF NOT EXISTS FOR (v:ScaiLayout) REQUIRE v.name IS UNIQUE""",
    """CREATE CONSTRAINT scai_graph IF NOT EXISTS
       FOR (g:ScaiGraph) REQUIRE (g.tenant, g.collection) IS UNIQUE""",
    """CREATE CONSTRAINT scai_source IF NOT EXISTS
       FOR (s:ScaiSource) REQUIRE (s.tenant, s.collection, s.layer, s.document, s.chunk, s.edition) IS UNIQUE""",
    """CREATE INDEX scai_source_document IF NOT EXISTS FOR (s:ScaiSource) ON (s.tenant, s.collection, s.document)""",
    """CREATE INDEX scai_source_chunk IF NOT EXISTS FOR (s:ScaiSource) ON (s.tenant, s.collection, s.chunk)""",
    """CREATE INDEX scai_source_edition IF NOT EXISTS FOR (s:ScaiSource) ON (s.tenant, s.collection, s.edition)""",
    """CREATE CONSTRAINT scai_thing IF NOT EXISTS
       FOR (t:ScaiThing) REQUIRE (t.tenant, t.collection, t.key) IS UNIQUE""",
    """CREATE INDEX scai_thing_id IF NOT EXISTS FOR (t:ScaiThing) ON (t.tenant, t.collection, t.id)""",
    """CREATE CONSTRAINT scai_tie IF NOT EXISTS
       FOR (r:ScaiTie) REQUIRE (r.tenant, r.collection, r.id) IS UNIQUE""",
    """CREATE CONSTRAINT scai_term IF NOT EXISTS
       FOR (w:ScaiTerm) REQUIRE (w.tenant, w.collection, w.text) IS UNIQUE""",
)
