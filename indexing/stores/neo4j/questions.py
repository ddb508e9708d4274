"""Knowing, stores: the questions that Neo4j is asked about what sources say.

Each says by which index it begins: of a graph that has just grown the server has no numbers yet, and would sooner walk
through all it holds.
"""

from __future__ import annotations

from indexing.stores.neo4j.cypher import cypher

PRESENT = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE EXISTS { MATCH (t)<-[:MENTIONS]-(s:ScaiSource {$own}) WHERE $in_scope }
RETURN key""")

SAID = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
CALL (t) {
  MATCH (t)<-[m:MENTIONS]-(s:ScaiSource {$own}) WHERE $in_scope
  RETURN s, m.said AS said ORDER BY s.document, s.chunk, s.edition LIMIT $most
}
RETURN key, s.document AS document, s.chunk AS chunk, s.edition AS edition, said""")

TIES = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})-[:FROM|TO]-(r:ScaiTie {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WITH DISTINCT r
WHERE (size($kinds) = 0 OR r.kind IN $kinds)
  AND EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
RETURN r.source AS source, r.type AS type, r.target AS target""")

_CALLED_OTHERWISE = """EXISTS { MATCH (o)-[:HAS]->(w:ScaiTerm {$own})
         WHERE w.text STARTS WITH 'alias:' OR w.text STARTS WITH 'long:' }"""  # terms of aliases begin so (`terms`)

_ALONE = (
    """NOT EXISTS { MATCH (o)-[:SAME]-(:ScaiThing {$own}) }
       AND NOT """
    + _CALLED_OTHERWISE
    + """
       AND NOT EXISTS { MATCH (w:ScaiTerm {$own, text: 'alias:' + o.key}) }"""
)

_ALONE_FIRST = (
    """
WITH DISTINCT o
WITH o.key AS key, """
    + _ALONE
    + """ AS alone
ORDER BY key
RETURN collect(CASE WHEN alone THEN key END)[..$most] AS alone,
       collect(CASE WHEN alone THEN null ELSE key END) AS others"""
)

LED_TO = cypher(
    """
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})-[:FROM]->(r:ScaiTie {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
MATCH (r)-[:TO]->(o:ScaiThing {$own})"""
    + _ALONE_FIRST
)

LED_FROM = cypher(
    """
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})<-[:TO]-(r:ScaiTie {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
MATCH (r)<-[:FROM]-(o:ScaiThing {$own})"""
    + _ALONE_FIRST
)

# Things are compared, not their keys: of keys that are others the server may walk through all there are, which it takes
# for few where it has just grown from nothing.
DEGREES = cypher(
    """
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})-[:FROM|TO]-(r:ScaiTie {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE r.source <> r.target AND EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
MATCH (r)-[:FROM|TO]-(o:ScaiThing {$own}) WHERE o <> t
WITH o, collect([key, r]) AS told
WITH told, """
    + _ALONE
    + """ AS alone
UNWIND told AS one
WITH one[0] AS key, one[1] AS r, alone
RETURN key, sum(CASE WHEN alone THEN 1 ELSE 0 END) AS number,
       collect(CASE WHEN alone THEN null ELSE [r.source, r.type, r.target] END) AS listed"""
)

BETWEEN = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})-[:FROM]->(r:ScaiTie {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE r.target IN $keys AND EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
RETURN r.source AS source, r.type AS type, r.target AS target""")

HELD = cypher("""
UNWIND $ids AS id
MATCH (r:ScaiTie {$own, id: id})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
CALL (r) {
  MATCH (r)<-[m:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope
  RETURN s, m.properties AS properties ORDER BY s.document, s.chunk, s.edition LIMIT $most
}
RETURN r.source AS source, r.type AS type, r.target AS target,
       s.document AS document, s.chunk AS chunk, s.edition AS edition, properties""")

KEYS = cypher("""
UNWIND $ids AS id
MATCH (t:ScaiThing {$own, id: id})
USING INDEX SEEK t:ScaiThing(tenant, collection, id)
WHERE EXISTS { MATCH (t)<-[:MENTIONS]-(:ScaiSource {$own}) }
RETURN id, t.key AS key""")

TIES_OF = cypher("""
UNWIND $ids AS id
MATCH (r:ScaiTie {$own, id: id})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
RETURN id, r.source AS source, r.type AS type, r.target AS target""")

LINKED = cypher("""
UNWIND $keys AS key
MATCH (t:ScaiThing {$own, key: key})-[:SAME]-(o:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
RETURN key, o.key AS other""")

ALIASES_OF = cypher(
    """
UNWIND $keys AS key
MATCH (o:ScaiThing {$own, key: key})
USING INDEX SEEK o:ScaiThing(tenant, collection, key)
WHERE """
    + _CALLED_OTHERWISE
    + """
MATCH (o)<-[m:MENTIONS]-(s:ScaiSource {$own}) WHERE size(m.aliases) > 0 AND $in_scope
UNWIND m.aliases AS other
RETURN DISTINCT key, other"""
)

ALIASED = cypher("""
UNWIND $wanted AS asked
MATCH (w:ScaiTerm {$own, text: asked.term})<-[:HAS]-(t:ScaiThing {$own})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
WHERE EXISTS { MATCH (t)<-[m:MENTIONS]-(s:ScaiSource {$own}) WHERE asked.key IN m.aliases AND $in_scope }
RETURN asked.key AS key, t.key AS other""")

SPOKEN_OF = cypher("""
UNWIND $chunks AS chunk
MATCH (s:ScaiSource {$own, chunk: chunk})
USING INDEX SEEK s:ScaiSource(tenant, collection, chunk)
WHERE s.layer <> '' AND $in_scope
MATCH (s)-[:MENTIONS]->(t:ScaiThing {$own})
RETURN DISTINCT chunk, t.key AS key""")

SPEAKERS = cypher("""
UNWIND $worth AS asked
MATCH (t:ScaiThing {$own, key: asked.key})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
MATCH (t)<-[:MENTIONS]-(s:ScaiSource {$own})
WHERE s.layer <> '' AND $in_scope
WITH s, asked.about AS about, max(asked.worth) AS most
WITH s, sum(most) AS worth
ORDER BY worth DESC, s.chunk, s.document, s.edition LIMIT $limit
RETURN s.document AS document, s.chunk AS chunk, s.edition AS edition""")

_TOLD = """
WITH t ORDER BY t.key
WITH t, COLLECT { MATCH (t)<-[m:MENTIONS]-(s:ScaiSource {$own}) WHERE $in_scope RETURN m.terms } AS told
WHERE size(told) > 0
  AND (size($labels) = 0 OR any(terms IN told WHERE any(term IN terms WHERE term IN $labels)))
  AND all(fact IN $facts WHERE any(terms IN told WHERE fact IN terms))
  AND all(word IN $words WHERE any(terms IN told WHERE any(term IN terms WHERE term STARTS WITH word)))
RETURN t.key AS key LIMIT $limit"""

FIND_BY_WORD = cypher(
    """
MATCH (w:ScaiTerm {$own})<-[:HAS]-(t:ScaiThing {$own})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
WHERE w.text STARTS WITH $first AND t.key > $after
WITH DISTINCT t"""
    + _TOLD
)

FIND_BY_TERM = cypher(
    """
UNWIND $first AS text
MATCH (w:ScaiTerm {$own, text: text})<-[:HAS]-(t:ScaiThing {$own})
USING INDEX SEEK w:ScaiTerm(tenant, collection, text)
WHERE t.key > $after
WITH DISTINCT t"""
    + _TOLD
)

FIND = cypher(
    """
MATCH (t:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE t.key > $after"""
    + _TOLD
)

TIES_FROM = cypher("""
MATCH (t:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE t.key > $after
WITH t ORDER BY t.key LIMIT $page
OPTIONAL MATCH (t)-[:FROM]->(r:ScaiTie {$own})
WHERE EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
RETURN t.key AS source, r.type AS type, r.target AS target""")

# Labels stand in what `said_text` makes between two names of JSON; in a name or value these would have other quotes.
THINGS_TALLIED = cypher(
    """
MATCH (o:ScaiThing {$own})
USING INDEX SEEK o:ScaiThing(tenant, collection, key)
WHERE o.key > $after
WITH o ORDER BY o.key LIMIT $page
CALL (o) {
  MATCH (o)<-[m:MENTIONS]-(s:ScaiSource {$own}) WHERE $in_scope
  RETURN count(m) AS sources,
         collect(DISTINCT split(split(m.said, '"labels": ')[1], ', "properties": ')[0]) AS labels
}
RETURN o.key AS key, sources, labels, """
    + _ALONE
    + " AS alone"
)

LAST_OF_PAGE = cypher("""
MATCH (t:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE t.key > $after
WITH t.key AS key ORDER BY key LIMIT $page
RETURN max(key) AS last""")

TIES_TALLIED = cypher(
    """
MATCH (o:ScaiThing {$own})-[:FROM]->(r:ScaiTie {$own})
USING INDEX SEEK o:ScaiThing(tenant, collection, key)
WHERE o.key > $after AND o.key <= $last AND r.source <> r.target
  AND EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE $in_scope }
WITH o, collect(r) AS told
WITH told, """
    + _ALONE
    + """ AS alone
UNWIND told AS r
MATCH (r)-[:TO]->(o:ScaiThing {$own})
WITH o, collect([r, alone]) AS told
WITH told, """
    + _ALONE
    + """ AS alone
UNWIND told AS one
WITH one[0] AS r, alone AND one[1] AS alone
RETURN r.type AS type, sum(CASE WHEN alone THEN 1 ELSE 0 END) AS number,
       collect(CASE WHEN alone THEN null ELSE [r.source, r.type, r.target] END) AS listed"""
)

NODES = cypher("""
MATCH (t:ScaiThing {$own})
USING INDEX SEEK t:ScaiThing(tenant, collection, key)
WHERE t.key >= ''
  AND EXISTS { MATCH (t)<-[:MENTIONS]-(s:ScaiSource {$own}) WHERE s.layer IN ['', $layer] }
RETURN count(t) AS number""")

EDGES = cypher("""
MATCH (r:ScaiTie {$own})
USING INDEX SEEK r:ScaiTie(tenant, collection, id)
WHERE r.id >= ''
  AND EXISTS { MATCH (r)<-[:ASSERTS]-(s:ScaiSource {$own}) WHERE s.layer IN ['', $layer] }
RETURN count(r) AS number""")

EDITIONS = cypher("""
MATCH (s:ScaiSource {$own})
USING INDEX SEEK s:ScaiSource(tenant, collection, edition)
WHERE s.edition > $after AND s.layer <> ''
WITH s.edition AS edition, collect(DISTINCT s.layer) AS layers
RETURN edition, layers ORDER BY edition LIMIT $page""")

NOTHING = cypher("MATCH (g:ScaiGraph {$own}) RETURN count(g) AS number")
