"""Roof, HTTP: a request with an Idempotency-Key is done once; its repetitions get the same answer again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable

from fastapi import Response

from app.errors import ValidationFailed
from app.http.described import LONGEST_KEY
from app.http.gate import Gate
from app.http.transacting import Finish, Handler, in_transaction
from app.http.visit import Visit
from app.idempotency.keeper import Answer

Deed = Callable[[Finish], Awaitable[Response]]  # which must give its answer to what it is given, before it commits
_KEPT_HEADERS = ("content-type", "etag", "location")


def key_of(visit: Visit) -> str | None:
    """The key a request was sent with; refuses one nobody would mean."""
    key = visit.request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise ValidationFailed.of("Idempotency-Key", f"must have 1 to {LONGEST_KEY} characters")
    return key


async def once(visit: Visit, key: str, fingerprint: str, deed: Deed) -> Response:
    """Do it, or give the answer that was given when it was done; the same key for another request is refused."""
    keeper = visit.platform.idempotency
    claim = await keeper.begin(
        tenant_id=visit.tenant_id, caller=visit.caller.identity, key=key, fingerprint=fingerprint
    )
    if claim.answer is not None:
        headers = {**claim.answer.headers, "Idempotency-Replayed": "true"}
        return Response(claim.answer.body, claim.answer.status, headers)

    async def finish(response: Response) -> None:
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        answer = Answer(response.status_code, headers, bytes(response.body).decode())
        await keeper.complete(visit.transaction, claim, answer)

    try:
        return await deed(finish)
    except BaseException:
        await keeper.give_up(claim)
        raise


async def in_transaction_once(visit: Visit, conditions: Gate, fingerprint: str, inner: Handler) -> Response:
    """Do a deed whose slow part is behind it: in a transaction of its own, and once where the request has a key."""
    key = key_of(visit)
    if key is None:
        return await in_transaction(visit, conditions, inner)
    return await once(visit, key, fingerprint, lambda finish: in_transaction(visit, conditions, inner, finish))


def fingerprint_of(visit: Visit, *said: object) -> str:
    """What tells a request from others: where it went, and what was said in it as JSON can say."""
    url = visit.request.url
    told = json.dumps([visit.request.method, url.path, url.query, *said], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
