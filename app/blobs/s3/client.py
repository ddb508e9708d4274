"""Ground floor, blobs: the one connection to an S3 store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from boto3.session import Session as BotoSession
from botocore.config import Config

CALLS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where a bucket is, and who may write to it."""

    bucket: str
    endpoint_url: str = ""  # empty is Amazon's
    region: str = "us-east-1"
    access_key: str = ""  # empty is what the machine is given
    secret_key: str = field(default="", repr=False)


def open_client(place: S3Place) -> Any:
    """Make a client; it calls nobody yet. What hangs is given up after some seconds, and tried twice more."""
    settings = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=CALLS_AT_ONCE,
        proxies={},  # no surroundings decide where files go
        ignore_configured_endpoint_urls=True,
        # Every store knows addresses by path and a signed payload; the newer checksums are Amazon's alone.
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return BotoSession().client(
        "s3",
        region_name=place.region,
        endpoint_url=place.endpoint_url or None,
        aws_access_key_id=place.access_key or None,
        aws_secret_access_key=place.secret_key or None,
        config=settings,
    )
