"""Roof, moving: look an export through before anything is made of it: whose it is, what it holds, of whom it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from acl.facts import DefaultAccess, Effect, PrincipalType
from app.backup.errors import ArchiveDamaged
from app.backup.reading import Archive
from app.backup.sealing import key_print
from app.moving.errors import MoveRefused
from app.moving.manifest import COLLECTION, DOCUMENTS, FILES, PRINCIPALS, SHAPE, Manifest, is_sealed, read_manifest
from app.moving.shapes import AccessLine, CollectionLine, DocumentLine, PrincipalLine, heard
from app.secrets import Secrets

_LARGEST = 64 * 2**20


@dataclass(slots=True)
class Spoken:
    """Of whom the lists of an export speak, by their ids in it."""

    allowed: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    everyone: bool = False  # whether everybody is allowed something

    def hear(self, access: AccessLine) -> None:
        """Note whom one list is about."""
        if access.owner is not None:
            self.owners.add(access.owner)
        for entry in access.entries:
            about_all = entry.kind is PrincipalType.EVERYONE
            if about_all is not (entry.principal is None):
                raise ArchiveDamaged("An entry of the archive does not say whom it is about.")
            if entry.principal is not None:
                (self.denied if entry.effect is Effect.DENY else self.allowed).add(entry.principal)
            elif entry.effect is Effect.ALLOW:
                self.everyone = True


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of an export that was read once to its end."""

    manifest: Manifest
    ours: bool  # whether this platform sealed it
    collection: CollectionLine
    spoken: Spoken
    principals: dict[str, PrincipalLine]


def survey(file: BinaryIO, secrets: Secrets, *, unsealed: bool) -> tuple[Archive, Survey]:
    """Read all of it once; refused if it is not whole, or if nobody vouches for it and that was not allowed."""
    archive = Archive(file, SHAPE)
    document = archive.verify()
    manifest = read_manifest(document)
    ours = is_sealed(document, secrets)
    if not ours and manifest.key == key_print(secrets):
        raise ArchiveDamaged("The archive's seal is not the platform's: somebody else wrote it, or changed it.")
    if not ours and not unsealed:
        raise MoveRefused(
            "The export was not sealed by this platform: nobody here can say who wrote it, or changed it since. "
            "--from-elsewhere takes it in all the same."
        )
    return archive, _looked_through(archive, manifest, ours=ours)


def _looked_through(archive: Archive, manifest: Manifest, *, ours: bool) -> Survey:
    """Check every list: what cannot be kept to is to be known before anything is there."""
    collection: CollectionLine | None = None
    spoken, principals, seen = Spoken(), dict[str, PrincipalLine](), 0
    for member in archive.members():
        if member.name == COLLECTION:
            collection = next(heard(CollectionLine, member.whole(_LARGEST)))
            spoken.hear(collection.access)
            spoken.everyone |= collection.settings.default_access is DefaultAccess.TENANT
        elif member.folder == DOCUMENTS:
            seen += _hear(spoken, heard(DocumentLine, member.whole()))
        elif member.name == PRINCIPALS:
            principals = {one.id: one for one in heard(PrincipalLine, member.whole(_LARGEST))}
        elif member.folder == FILES:
            break
    if collection is None or seen != manifest.documents:
        raise ArchiveDamaged("The archive does not hold what its manifest says.")
    if strangers := (spoken.allowed | spoken.denied | spoken.owners) - principals.keys():
        raise ArchiveDamaged(f"The archive does not say who {min(strangers)} is.")
    return Survey(manifest, ours, collection, spoken, principals)


def _hear(spoken: Spoken, documents: Iterable[DocumentLine]) -> int:
    count = 0
    for document in documents:
        spoken.hear(document.access)
        count += 1
    return count
