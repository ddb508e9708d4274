"""Knowing, stores: what Neo4j is told to keep of what sources say, and to keep no longer.

Whoever changes a graph first takes the lock of its collection (LOCK), so that what nobody mentions any more can be told
from what somebody is about to mention. A comparison with '' holds for all; it says which index to go through.
"""

from __future__ import annotations

from indexing.stores.neo4j.cypher import cypher

LOCK = cypher("""
MERGE (g:ScaiGraph {$own}) ON CREATE SET g.changes = 0
SET g.changes = g.changes + 1""")

SOURCES_OF_EDITIONS = cypher("""
MATCH (s:ScaiSource {$own})
USING INDEX SEEK s:ScaiSource(tenant, collection, edition)
WHERE s.edition IN $gone AND s.layer <> ''
RETURN s.layer AS layer, s.document AS document, s.chunk AS chunk, s.edition AS edition LIMIT $most""")

SOURCES_OF_DOCUMENTS = cypher("""
MATCH (s:ScaiSource {$own})
USING INDEX SEEK s:ScaiSource(tenant, collection, document)
WHERE s.document IN $gone AND s.layer <> ''
RETURN s.layer AS layer, s.document AS document, s.chunk AS chunk, s.edition AS edition LIMIT $most""")

SOURCES_BUT = cypher("""
MATCH (s:ScaiSource {$own})
USING INDEX SEEK s:ScaiSource(tenant, collection, edition)
WHERE s.edition >= '' AND s.layer <> '' AND NOT s.layer IN $kept
RETURN s.layer AS layer, s.document AS document, s.chunk AS chunk, s.edition AS edition LIMIT $most""")

UNMENTION = cypher("""
UNWIND $sources AS source
MATCH (s:ScaiSource {$own, $this})
USING INDEX SEEK s:ScaiSource(tenant, collection, layer, document, chunk, edition)
MATCH (s)-[m:MENTIONS]->(t:ScaiThing {$own})
WITH m, t.key AS key, m.terms AS terms
DELETE m
RETURN key, terms""")

UNMENTION_BY_HAND = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})<-[m:MENTIONS]-(:ScaiSource {$own, layer: ''})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WITH m, key, m.terms AS terms
DELETE m
RETURN key, terms""")

UNASSERT = cypher("""
UNWIND $sources AS source
MATCH (s:ScaiSource {$own, $this})
USING INDEX SEEK s:ScaiSource(tenant, collection, layer, document, chunk, edition)
MATCH (s)-[m:ASSERTS]->(r:ScaiTie {$own})
WITH m, r.id AS id, r.source AS source, r.target AS target
DELETE m
RETURN id, source, target""")

UNASSERT_BY_HAND = cypher("""
UNWIND $ids AS id
MATCH (r:ScaiTie {$own, id: id})<-[m:ASSERTS]-(:ScaiSource {$own, layer: ''})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
WITH m, id, r.source AS source, r.target AS target
DELETE m
RETURN id, source, target""")

SPEAK = cypher("""
UNWIND $sources AS source
MERGE (s:ScaiSource {$own, $this})
""")

NAME = cypher("""
UNWIND $things AS thing
MERGE (t:ScaiThing {$own, key: thing.key}) ON CREATE SET t.id = thing.id""")

TERM = cypher("""
UNWIND $terms AS text
MERGE (w:ScaiTerm {$own, text: text})""")

MENTION = cypher("""
UNWIND $mentions AS said
MATCH (s:ScaiSource {$own, layer: said.layer, document: said.document, chunk: said.chunk, edition: said.edition})
USING INDEX SEEK s:ScaiSource(tenant, collection, layer, document, chunk, edition)
MATCH (t:ScaiThing {$own, key: said.key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
CREATE (s)-[:MENTIONS {said: said.said, terms: said.terms, aliases: said.aliases}]->(t)""")

LEAD = cypher("""
UNWIND $leads AS lead
MATCH (t:ScaiThing {$own, key: lead.key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
UNWIND lead.terms AS text
MATCH (w:ScaiTerm {$own, text: text})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
MERGE (t)-[:HAS]->(w)""")

TIE = cypher("""
UNWIND $ties AS tie
MATCH (a:ScaiThing {$own, key: tie.source})
USING INDEX SEEK a:ScaiThing(tenant, collection, key)
MATCH (b:ScaiThing {$own, key: tie.target})
USING INDEX SEEK b:ScaiThing(tenant, collection, key)
MERGE (r:ScaiTie {$own, id: tie.id})
ON CREATE SET r.source = tie.source, r.type = tie.type, r.target = tie.target, r.kind = tie.kind
MERGE (a)-[:FROM]->(r)
MERGE (r)-[:TO]->(b)""")

ASSERT = cypher("""
UNWIND $assertions AS said
MATCH (s:ScaiSource {$own, layer: said.layer, document: said.document, chunk: said.chunk, edition: said.edition})
USING INDEX SEEK s:ScaiSource(tenant, collection, layer, document, chunk, edition)
MATCH (r:ScaiTie {$own, id: said.id})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
CREATE (s)-[:ASSERTS {properties: said.properties}]->(r)""")

LINK = cypher("""
UNWIND $pairs AS pair
MATCH (a:ScaiThing {$own, key: pair[0]})
USING INDEX SEEK a:ScaiThing(tenant, collection, key)
WHERE EXISTS { MATCH (a)<-[:MENTIONS]-(:ScaiSource {$own}) }
MATCH (b:ScaiThing {$own, key: pair[1]})
USING INDEX SEEK b:ScaiThing(tenant, collection, key)
WHERE EXISTS { MATCH (b)<-[:MENTIONS]-(:ScaiSource {$own}) }
MERGE (a)-[:SAME]->(b)""")

FORGET_SOURCES = cypher("""
UNWIND $sources AS source
MATCH (s:ScaiSource {$own, $this})
USING INDEX SEEK s:ScaiSource(tenant, collection, layer, document, chunk, edition)
WHERE NOT EXISTS { MATCH (s)-[:MENTIONS]->(:ScaiThing {$own}) }
  AND NOT EXISTS { MATCH (s)-[:ASSERTS]->(:ScaiTie {$own}) }
DELETE s""")

FORGET_TIES = cypher("""
UNWIND $ids AS id
MATCH (r:ScaiTie {$own, id: id})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
WHERE NOT EXISTS { MATCH (r)<-[:ASSERTS]-(:ScaiSource {$own}) }
DETACH DELETE r""")

MISLEAD = cypher("""
UNWIND $leads AS lead
MATCH (t:ScaiThing {$own, key: lead.key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
UNWIND lead.terms AS text
WITH t, text
WHERE NOT EXISTS { MATCH (t)<-[m:MENTIONS]-(:ScaiSource {$own}) WHERE text IN m.terms }
MATCH (t)-[h:HAS]->(w:ScaiTerm {$own, text: text})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
DELETE h
RETURN DISTINCT text""")

FORGET_TERMS = cypher("""
UNWIND $terms AS text
MATCH (w:ScaiTerm {$own, text: text})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
WHERE NOT EXISTS { MATCH (w)<-[:HAS]-(:ScaiThing {$own}) }
DELETE w""")

UNLINK = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE NOT EXISTS { MATCH (t)<-[:MENTIONS]-(:ScaiSource {$own}) }
MATCH (t)-[l:SAME]-(:ScaiThing {$own})
WITH DISTINCT l
DELETE l""")

FORGET_THINGS = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE NOT EXISTS { MATCH (t)<-[:MENTIONS]-(:ScaiSource {$own}) }
  AND NOT EXISTS { MATCH (t)-[:FROM|TO]-(:ScaiTie {$own}) }
DETACH DELETE t""")

DROP_SOURCES = cypher("""
MATCH (s:ScaiSource {$own})
USING INDEX SEEK s:ScaiSource(tenant, collection, edition)
WHERE s.edition >= '' WITH s LIMIT $most
WITH s, COUNT { MATCH (s)-[:MENTIONS]->(:ScaiThing {$own}) } + COUNT { MATCH (s)-[:ASSERTS]->(:ScaiTie {$own}) } AS said
DETACH DELETE s
RETURN count(s) AS number, sum(said) AS said""")

DROP_TIES = cypher("""
MATCH (r:ScaiTie {$own})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
WHERE r.id >= '' WITH r LIMIT $most
DETACH DELETE r
RETURN count(r) AS number, sum(0) AS said""")

DROP_TERMS = cypher("""
MATCH (w:ScaiTerm {$own})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
WHERE w.text >= '' WITH w LIMIT $most
DETACH DELETE w
RETURN count(w) AS number, sum(0) AS said""")

DROP_THINGS = cypher("""
MATCH (t:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE t.key >= '' WITH t LIMIT $most
DETACH DELETE t
RETURN count(t) AS number, sum(0) AS said""")

DROP_GRAPH = cypher("""
MATCH (g:ScaiGraph {$own})
DELETE g""")
