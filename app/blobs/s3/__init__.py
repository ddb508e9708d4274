"""Ground floor, blobs: a bucket of an S3 store, Amazon's or another's (Garage, MinIO)."""

from app.blobs.s3.client import S3Place
from app.blobs.s3.store import S3Blobs, open_bucket

__all__ = ["S3Blobs", "S3Place", "open_bucket"]
