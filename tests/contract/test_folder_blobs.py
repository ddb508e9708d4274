"""A folder keeps blobs as every store of them does."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.blobs.folder import FolderBlobs
from tests.contract.blobs import BlobStoreContract


class TestFolder(BlobStoreContract):
    """Files of this machine."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")
