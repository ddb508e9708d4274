"""Ground floor, blobs: what is asked of a bucket; every call blocks, so all of them are made on threads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from app.blobs.errors import StorageError
from app.blobs.ports import Kept, Span, Written, is_key
from app.blobs.s3.failures import no_such_object, translated

# In the metadata of what was put in one piece. Of larger files it is known only after they are sent: whoever asked for
# them to be kept was told it, and compares.
SHA256 = "sha256"
_LISTED_AT_ONCE = 1000


class Body:
    """What is kept, on its way here; the end of all of it is reached only by what is whole and unchanged."""

    def __init__(self, answer: dict[str, Any], *, whole: bool) -> None:
        self._stream = answer["Body"]
        self._wanted = answer.get("Metadata", {}).get(SHA256) if whole else None
        self._digest = hashlib.sha256()

    def read(self, size: int | None = None) -> bytes:
        """The next bytes; none at the end."""
        with translated():
            data: bytes = self._stream.read(size)
        if self._wanted is None:
            return data
        self._digest.update(data)
        if (not data or size is None) and self._digest.hexdigest() != self._wanted:
            raise StorageError("what it gives back is not what it was given")
        return data

    def close(self) -> None:
        """Let go of the connection, whatever has not been read."""
        self._stream.close()


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of one store."""

    client: Any
    name: str
    page: int = _LISTED_AT_ONCE
    writing: set[str] = field(default_factory=set)  # the uploads of this process that have not ended

    def put(self, key: str, data: bytes) -> Written:
        """Keep these bytes; readers see all of them or none."""
        digest = hashlib.sha256(data).hexdigest()
        with translated():
            self.client.put_object(Bucket=self.name, Key=key, Body=data, Metadata={SHA256: digest})
        return Written(len(data), digest)

    def open(self, key: str, span: Span | None = None) -> Body | None:
        """Begin to read all of it, or some bytes."""
        asked = {} if span is None else {"Range": f"bytes={span.first}-{span.first + span.length - 1}"}
        with translated():
            try:
                return Body(self.client.get_object(Bucket=self.name, Key=key, **asked), whole=span is None)
            except ClientError as error:
                if no_such_object(error):
                    return None
                raise

    def about(self, key: str) -> dict[str, Any] | None:
        """What is known of an object without reading it."""
        with translated():
            try:
                found: dict[str, Any] = self.client.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if no_such_object(error):
                    return None
                raise
        return found

    def copy(self, source: str, target: str) -> bool:
        """Have the store copy an object."""
        with translated():
            try:
                self.client.copy_object(Bucket=self.name, Key=target, CopySource={"Bucket": self.name, "Key": source})
            except ClientError as error:
                if no_such_object(error):
                    return False
                raise
        return True

    def delete(self, key: str) -> bool:
        """Delete an object; the store does not say whether there was one, so that is asked first."""
        found = self.about(key) is not None
        with translated():
            self.client.delete_object(Bucket=self.name, Key=key)
        return found

    def pages(self, prefix: str) -> Iterator[list[Kept]]:
        """The objects whose key begins with some text, a page at a time; what is not ours in the bucket is not told."""
        after: dict[str, str] = {}
        while True:
            with translated():
                page = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix, MaxKeys=self.page, **after)
            found = page.get("Contents", [])
            yield [Kept(one["Key"], one["Size"], one["LastModified"]) for one in found if is_key(one["Key"])]
            if not page.get("IsTruncated"):
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}

    def answers(self) -> None:
        """Ask for the bucket itself."""
        with translated():
            self.client.head_bucket(Bucket=self.name)
