"""Ground floor, blobs: what boto says when an S3 store fails, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from app.blobs.errors import StorageError

_FAILURES = (BotoCoreError, ClientError, Boto3Error, ResponseParserError, HTTPError, OSError)
_NO_SUCH_OBJECT = {"NoSuchKey", "404", "NotFound"}
_NO_SUCH_UPLOAD = "NoSuchUpload"


@contextmanager
def translated() -> Iterator[None]:
    """Whatever the library raises is a StorageError; the answer's own text may name the place, so it is not told."""
    try:
        yield
    except _FAILURES as error:
        raise StorageError(code_of(error) or type(error).__name__) from error


def code_of(error: BaseException) -> str:
    """The store's own code for a failure, empty if it said none."""
    answer = getattr(error, "response", None)
    said = answer.get("Error", {}) if isinstance(answer, dict) else {}
    return str(said.get("Code", ""))


def no_such_object(error: ClientError) -> bool:
    """Whether nothing is kept under the key; not that the bucket itself is missing."""
    return code_of(error) in _NO_SUCH_OBJECT


def no_such_upload(error: ClientError) -> bool:
    """Whether an upload has ended already."""
    return code_of(error) == _NO_SUCH_UPLOAD
