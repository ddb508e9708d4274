"""Ground floor, webhooks: what is sent, and the proof that it is ours; pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.clock import wire_time


@dataclass(frozen=True, slots=True)
class Message:
    """One event as a webhook is told of it; the same at every attempt."""

    id: str
    event: str
    tenant_id: str
    created_at: datetime
    data: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The bytes that are sent and signed."""
        said = {
            "id": self.id,
            "event": self.event,
            "created_at": wire_time(self.created_at),
            "tenant_id": self.tenant_id,
            "data": self.data,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, body: bytes) -> str:
    """What a receiver reckons too, to know who sent the body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(message: Message, body: bytes, *, secret: str, now: datetime) -> dict[str, str]:
    """The headers of one attempt."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "ScaiGrid-Webhooks/1",
        "X-ScaiGrid-Event": message.event,
        "X-ScaiGrid-Delivery": message.id,
        "X-ScaiGrid-Timestamp": str(int(now.timestamp())),
        "X-ScaiGrid-Signature": signature(secret, body),
    }
