"""Allowing: the deeds that can be allowed or denied on a collection or a document, and the roles made of them."""

from __future__ import annotations

from enum import IntFlag, StrEnum


class ResourceKind(StrEnum):
    """What has an access list."""

    COLLECTION = "collection"
    DOCUMENT = "document"


class Permission(IntFlag):
    """One deed, or several together."""

    READ = 1
    WRITE = 2
    DELETE = 4
    INGEST = 8  # of collections alone
    LIST = 16
    READ_PERMISSIONS = 32
    CHANGE_PERMISSIONS = 64
    TAKE_OWNERSHIP = 128


EVERY_BIT = 255
VIEWER = 49
EDITOR = 59
MANAGER = 127
OWNER = 255
ROLES = {"VIEWER": VIEWER, "EDITOR": EDITOR, "MANAGER": MANAGER, "OWNER": OWNER}

# What can be done to a thing of each kind; nothing else is ever granted on it.
APPLICABLE = {
    ResourceKind.COLLECTION: EVERY_BIT,
    ResourceKind.DOCUMENT: EVERY_BIT & ~int(Permission.INGEST),
}


def names_of(permissions: int) -> list[str]:
    """The deeds in a mask, from the lowest bit up."""
    return [str(permission.name) for permission in Permission if permission & permissions]
