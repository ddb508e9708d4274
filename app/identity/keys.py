"""Ground floor, identity: what an API key looks like, and the digest that is kept of it."""

from __future__ import annotations

import hashlib
import re
import secrets

PREFIX = "sgk_"
_SHAPE = re.compile(r"sgk_[A-Za-z0-9_-]{32,200}")


def new_key() -> str:
    """Make a key: 256 random bits behind the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def looks_like_key(text: str) -> bool:
    """Whether a text could be one of our keys."""
    return _SHAPE.fullmatch(text) is not None


def digest(key: str) -> str:
    """What is stored of a key; keys are random, so a plain SHA-256 cannot be searched backwards."""
    return hashlib.sha256(key.encode()).hexdigest()


def shown_prefix(key: str) -> str:
    """The part of a key that lists may show."""
    return key[: len(PREFIX) + 6]
