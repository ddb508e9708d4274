"""What commands print for programs that no route of the API answers: work that is done where the platform runs."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WORDS: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
YES: Schema = {"type": "boolean"}


def of(**members: Schema) -> Schema:
    """All of these members, and no others."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def many(one: Schema) -> Schema:
    """One or more."""
    return {"type": "array", "items": one, "minItems": 1}


def none_or(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "null"}]}


def read(name: str) -> Schema:
    """A shape that the API is recorded to answer with somewhere."""
    return {"$ref": f"#/components/schemas/{name}"}


def _every(name: str) -> Schema:
    return {"type": "array", "items": read(name)}


def _by(name: str, value: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": name}, "additionalProperties": value, "minProperties": 1}


def _of_a_document(*names: str) -> Schema:
    return of(**{name: {"$ref": f"#/components/schemas/DocumentRead/properties/{name}"} for name in names})


# What a stream tells of a document, which is less than there is to say of it; one that has ended is said whole.
_MOVING = ("id", "name", "status", "stage", "attempt", "waiting_for", "next_try_at", "error_code", "error_message")
ON_ITS_WAY: Schema = {
    "oneOf": [
        _of_a_document(*_MOVING, "warnings", "chunk_count", "content_version", "updated_at"),
        read("DocumentRead"),
    ]
}
_NUMBERS = _by("^[a-z0-9_@]+$", {"type": ["number", "null"]})
_FINDING = {"of": TEXT, "well": YES, "held": COUNT, "orphaned": COUNT, "removed": COUNT}
_LOST = {"lost": COUNT, "lost_of": {"type": "array", "items": TEXT}, "healed": COUNT, "outdated": COUNT}
FINDING: Schema = {
    "oneOf": [
        of(**_FINDING, **_LOST, collection_id=TEXT, read_anew=COUNT),
        of(**_FINDING, **_LOST, collection_id=TEXT, forgotten=COUNT),
        of(**_FINDING, tenant_id=TEXT, missing=COUNT, missing_of={"type": "array", "items": TEXT}),
        of(of=TEXT, well=YES, what=TEXT, id=TEXT, reason=TEXT),
    ]
}
DIAGNOSIS = of(
    well=YES,
    dependencies=many(of(name=TEXT, state=read("State"), notice=WORDS)),
    findings=many(FINDING),
)
SETTINGS = of(
    settings=many(of(**{"name": TEXT, "value": TEXT, "from": TEXT})),
    wrong={"type": "array", "items": TEXT},
)
PEOPLE = many(of(name=TEXT, does=TEXT, key=TEXT))
STORY = of(
    request_id=TEXT,
    calls=_every("UsageRead"),
    stages=_every("CallStagesRead"),
    events=none_or(_every("AuditRead")),
)
_ASKED = of(metric=TEXT, limit=NUMBER, ceiling=YES, found={"type": ["number", "null"]}, passed=YES)
GATE = of(passed=YES, status=TEXT, numbers=many(_ASKED))
MEASURED = many(
    of(
        way=TEXT,
        quality=_NUMBERS,
        by_kind=_by("", _NUMBERS),
        by_score=none_or(_NUMBERS),
        by_confidence=none_or(_NUMBERS),
    )
)
_ESTIMATE = of(n=COUNT, value=NUMBER, low=NUMBER, high=NUMBER)
TRIALS = many(
    of(
        strategy=TEXT,
        size=COUNT,
        overlap=COUNT,
        way=TEXT,
        best=YES,
        behind=YES,
        by=TEXT,
        estimates=_by("@", _ESTIMATE),
    )
)


def _told(**result: Schema) -> Schema:
    """A line on the way, or the last one."""
    stage = {"type": "object", "properties": {"stage": TEXT}, "required": ["stage"], "not": {"required": ["done"]}}
    return {"oneOf": [stage, of(done=TEXT, **result)]}


_TAKEN = {"file": TEXT, "taken_at": TEXT, "vectors": COUNT}
BACKUP = _told(**_TAKEN, rows=COUNT, blobs=COUNT, amended=COUNT)
RESTORED = _told(taken_at=TEXT, rows=COUNT, blobs=COUNT, vectors=COUNT, broken_chains={"type": "object"})
EXPORTED = _told(**_TAKEN, documents=COUNT, files=COUNT)
_NAMES = {"type": "array", "items": TEXT}
IMPORTED = _told(
    collection_id=TEXT,
    slug=TEXT,
    documents=COUNT,
    vectors=COUNT,
    vectors_refused=WORDS,
    left_out=of(allowances=_NAMES, denials=_NAMES, owners=_NAMES, everyone=YES),
)
