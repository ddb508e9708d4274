"""Roof, HTTP shapes: failures, in the envelope and as problem documents."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class IssueRead(BaseModel):
    """One field and what is wrong with it."""

    field: str
    message: str


class ErrorRead(BaseModel):
    """What went wrong: a code that is promised, a sentence that helps."""

    code: str
    message: str
    retry_after: int | None = None
    details: list[IssueRead] | None = None


class ErrorMeta(BaseModel):
    """About the answer itself."""

    request_id: str


class ErrorEnvelope(BaseModel):
    """A native failure."""

    status: Literal["error"]
    error: ErrorRead
    meta: ErrorMeta


class ProblemIssue(BaseModel):
    """One field, by pointer."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """The same failure as RFC 9457 says it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retry_after: int | None = None
    errors: list[ProblemIssue] | None = None
