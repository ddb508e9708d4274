"""Ground floor: the platform's own key, and what is derived from it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import CannotStart, InternalFault

_KEY_BYTES = 32
_NONCE_BYTES = 12


class SecretKeyWrong(CannotStart):
    """The key cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Derives one key per purpose from the platform's key, and seals values at rest with it."""

    root: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """Return the key for one purpose; no purpose can be reckoned from another's."""
        return hmac.new(self.root, purpose.encode(), hashlib.sha256).digest()

    def seal(self, plain: str, *, purpose: str) -> str:
        """Encrypt a value for storage; `purpose` must be named again to read it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.derive(purpose)).encrypt(nonce, plain.encode(), purpose.encode())
        return base64.b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str, *, purpose: str) -> str:
        """Decrypt a stored value; fails if the key or the purpose is another one."""
        raw = base64.b64decode(sealed)
        try:
            plain = AESGCM(self.derive(purpose)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise InternalFault("A stored secret cannot be read with the present secret key.") from None
        return plain.decode()


def load_secrets(configured: str, home: Path) -> Secrets:
    """Use the configured key, else the key file in the home folder, made on first start."""
    held = present_secrets(configured, home)
    if held is None:
        keep_key(home, os.urandom(_KEY_BYTES))
        held = present_secrets(configured, home)
    if held is None:
        raise SecretKeyWrong(f"{home}: the key file that was just made is gone")
    return held


def present_secrets(configured: str, home: Path) -> Secrets | None:
    """The configured key, else that of the key file; None where there is none yet."""
    if configured:
        return Secrets(_decode(configured, "SCAIGRID_SECRET_KEY"))
    path = home / "secret.key"
    if not path.exists():
        return None
    return secrets_of(path.read_text(encoding="ascii").strip(), str(path))


def secrets_of(text: str, origin: str) -> Secrets:
    """Read a key as a key file holds it; `origin` is named if it cannot be one."""
    return Secrets(_decode(text, origin))


def keep_key(home: Path, root: bytes) -> None:
    """Write a key file where there is none; of two processes that start at once, the first one's key stays."""
    path = home / "secret.key"
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(root).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _decode(text: str, origin: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != _KEY_BYTES:
        raise SecretKeyWrong(f"{origin} must hold 32 bytes as base64 (try: openssl rand -base64 32)")
    return root
