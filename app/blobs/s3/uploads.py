"""Ground floor, blobs: a large file on its way into a bucket, part by part; an object only once all are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from botocore.exceptions import ClientError

from app.blobs.errors import StorageError
from app.blobs.ports import Written, is_key
from app.blobs.s3.bucket import Bucket
from app.blobs.s3.failures import no_such_upload, translated
from app.ids import new_id

PART_BYTES = 5 * 2**20  # the least that a store takes, of 10,000 at most: files of 48 GiB
STALE_AFTER = timedelta(hours=6)  # nobody is allowed to take so long over sending a file
_MARK = "upload"

log = structlog.get_logger("blobs")


class Upload:
    """One upload; until it is finished the store shows nothing of it."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket, self._key = bucket, key
        self._place = {"Bucket": bucket.name, "Key": key}
        self._mark = new_id("upl")
        self._id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._digest, self._size = hashlib.sha256(), 0

    def add(self, data: bytes) -> None:
        """Send the next part."""
        with translated():
            if self._id is None:
                begun = self._bucket.client.create_multipart_upload(**self._place, Metadata={_MARK: self._mark})
                self._id = str(begun["UploadId"])
                self._bucket.writing.add(self._id)
            number = len(self._parts) + 1
            sent = self._bucket.client.upload_part(**self._place, UploadId=self._id, PartNumber=number, Body=data)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._digest.update(data)
        self._size += len(data)

    def finish(self) -> Written:
        """Make it an object. The answer may get lost on its way back: then the object itself says that it is there."""
        try:
            with translated():
                self._bucket.client.complete_multipart_upload(
                    **self._place, UploadId=self._id, MultipartUpload={"Parts": self._parts}
                )
        except StorageError:
            if not self._is_kept():
                raise
        self._bucket.writing.discard(self._id or "")
        return Written(self._size, self._digest.hexdigest())

    def abort(self) -> None:
        """Leave nothing of it; what the store does not let go of now is swept later."""
        if self._id is None:
            return
        try:
            abort(self._bucket, self._key, self._id)
        except StorageError as error:
            log.warning("upload_left_behind", reason=error.message)
        finally:
            self._bucket.writing.discard(self._id)

    def _is_kept(self) -> bool:
        found = self._bucket.about(self._key)
        return found is not None and found.get("Metadata", {}).get(_MARK) == self._mark


def abort(bucket: Bucket, key: str, upload_id: str) -> None:
    """End an upload, if it has not ended already."""
    with translated():
        try:
            bucket.client.abort_multipart_upload(Bucket=bucket.name, Key=key, UploadId=upload_id)
        except ClientError as error:
            if not no_such_upload(error):
                raise


def abort_stale(bucket: Bucket, now: datetime) -> int:
    """End the uploads that whoever began them cannot be at any more; says how many."""
    ended = 0
    for key, upload_id in _stale(bucket, now - STALE_AFTER):
        abort(bucket, key, upload_id)
        ended += 1
    return ended


def _stale(bucket: Bucket, before: datetime) -> Iterator[tuple[str, str]]:
    after: dict[str, str] = {}
    while True:
        with translated():
            page = bucket.client.list_multipart_uploads(Bucket=bucket.name, MaxUploads=bucket.page, **after)
        for one in page.get("Uploads", []):
            if one["Initiated"] < before and one["UploadId"] not in bucket.writing and is_key(one["Key"]):
                yield one["Key"], one["UploadId"]
        if not page.get("IsTruncated"):
            return
        after = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
