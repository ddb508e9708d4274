"""Roof, moving: the lines of an export, checked in every part before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from acl.facts import Effect, PrincipalType
from acl.permission import EVERY_BIT
from acl.tables import NOTE_LENGTH
from app.backup.errors import ArchiveDamaged
from app.http.envelope import Wire
from app.http.wire.collections import CollectionCreate, Metadata
from app.http.wire.graph import PropertyName, PropertyValue

Line = TypeVar("Line", bound=Wire)
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,8}_[A-Za-z0-9]{4,50}$")]
DocumentId = Annotated[str, StringConstraints(pattern=r"^doc_[0-9A-Z]{26}$")]
_Count = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_MimeType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$")]
_Key = Annotated[str, StringConstraints(max_length=200)]
_Word = Annotated[str, StringConstraints(max_length=10_000)]
_Words = Annotated[list[_Word], Field(max_length=10_000)]
_Properties = Annotated[dict[PropertyName, PropertyValue], Field(max_length=500)]


class PrincipalLine(Wire):
    """Somebody whom lists speak of, by what they are known by elsewhere too."""

    kind: Literal[PrincipalType.USER, PrincipalType.GROUP]
    id: _Id
    called: Annotated[str, StringConstraints(min_length=1, max_length=255)]  # the address of a person, a group's name
    external_id: Annotated[str, StringConstraints(max_length=190)] | None


class EntryLine(Wire):
    """One entry of an access list."""

    effect: Effect
    kind: PrincipalType
    principal: _Id | None
    permissions: Annotated[int, Field(ge=1, le=EVERY_BIT, strict=True)]
    expires_at: AwareDatetime | None
    note: Annotated[str, StringConstraints(max_length=NOTE_LENGTH)]


class AccessLine(Wire):
    """An access list."""

    owner: _Id | None
    inherits: bool
    entries: Annotated[list[EntryLine], Field(max_length=100_000)]


class CollectionLine(Wire):
    """The collection: its settings, its name in addresses, and who may what."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    settings: CollectionCreate
    access: AccessLine


class DocumentLine(Wire):
    """A document, who may what with it, and how many passages of it are carried: none, if it is to be read anew."""

    id: DocumentId
    name: Annotated[str, StringConstraints(max_length=255)]
    metadata: Metadata
    source: Literal["upload", "url", "scaidrive", "crawl"]
    source_url: Annotated[str, StringConstraints(max_length=10_000)] | None
    source_digest: _Digest | None
    mime_type: Annotated[_MimeType, StringConstraints(max_length=120)] | None
    warnings: Annotated[list[Annotated[str, StringConstraints(max_length=2_000)]], Field(max_length=500)]
    created_at: AwareDatetime
    chunks: _Count
    access: AccessLine


class ChunkLine(Wire):
    """A passage."""

    document: DocumentId
    index: _Count
    content: str
    start: _Count
    end: _Count
    page: _Count | None
    section: Annotated[str, StringConstraints(max_length=500)] | None
    tokens: _Count


class MentionLine(Wire):
    """A thing that a text speaks of."""

    key: _Key
    name: _Word
    labels: _Words
    properties: _Properties
    aliases: Annotated[list[_Key], Field(max_length=10_000)]


class AssertionLine(Wire):
    """A relation that a text speaks of."""

    source: _Key
    type: _Key
    target: _Key
    properties: _Properties


class FactsLine(Wire):
    """What was read out of one text."""

    nodes: Annotated[list[MentionLine], Field(max_length=10_000)]
    edges: Annotated[list[AssertionLine], Field(max_length=10_000)]


class ReadingLine(Wire):
    """What one recipe read out of one text of a document."""

    document: DocumentId
    digest: _Digest
    recipe: Annotated[str, StringConstraints(max_length=200)]
    facts: FactsLine


class HeldLine(Wire):
    """What somebody wrote of a thing or a relation; what is left out they left as documents say it."""

    name: _Word | None = None
    labels: _Words = Field(default_factory=list)
    properties: _Properties = Field(default_factory=dict)


class EditLine(Wire):
    """What is held by hand of a thing, or of a relation between two keys."""

    kind: Literal["node", "edge"]
    source: _Key
    type: _Key
    target: _Key
    state: Literal["written", "amends", "removed"]
    said: HeldLine


class VectorLine(Wire):
    """The vector of a passage."""

    document: DocumentId
    index: _Count
    vector: Annotated[str, StringConstraints(max_length=200_000)]


class AbsentLine(Wire):
    """A document that was erased or replaced while it was about to be written down."""

    document: DocumentId


def said(line: Wire) -> bytes:
    """A line as it is written."""
    return line.model_dump_json(exclude_unset=True).encode() + b"\n"


def heard(shape: type[Line], raw: bytes) -> Iterator[Line]:
    """The lines of a part."""
    for line in raw.splitlines():
        try:
            yield shape.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))[:100]
            raise ArchiveDamaged(f"A line of the archive is none of ours: {where}: {first['msg'][:200]}") from None


def plain(line: Wire) -> dict[str, Any]:
    """A line as JSON columns keep it."""
    return line.model_dump(mode="json", exclude_unset=True)
