"""Measuring: cases out of requests that were once made; what was answered to them says nothing of what is right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.errors import FieldIssue, ValidationFailed
from evals.files import checked
from evals.values import Case

_MOST_TURNS = 20
_LONGEST_TURN = 8_000  # characters; of an earlier answer that is longer, its beginning


@dataclass(frozen=True, slots=True)
class Past:
    """One request: what was said in turns, its question last, and by whom it is to be asked again."""

    turns: Sequence[tuple[str, str]]  # role and text, without what is neither said by a user nor answered to one
    reader: str | None = None


def cases_of_past(requests: Sequence[Past], tags: Sequence[str]) -> list[Case]:
    """A case for each; those that ask the same of the same reader after the same turns are one."""
    said = [_said(number, one, tags) for number, one in enumerate(requests)]
    once = {repr(one): (number, one) for number, one in reversed(list(enumerate(said)))}
    try:
        return checked([(number, lambda one=one: one) for number, one in sorted(once.values(), key=_number)])  # type: ignore[misc] # bound now
    except ValidationFailed as wrong:
        issues = [FieldIssue(_place(issue.field), issue.message) for issue in wrong.details]
        raise ValidationFailed(f"{issues[0].field}: {issues[0].message}", details=issues) from None


def _number(one: tuple[int, object]) -> int:
    return one[0]


def _said(number: int, past: Past, tags: Sequence[str]) -> dict[str, object]:
    turns = [(role, text.strip()) for role, text in past.turns if text.strip()]
    if not turns or turns[-1][0] != "user":
        raise ValidationFailed.of(f"requests.{number}.messages", "the last message that says something is no user's")
    history = [{"role": role, "content": text[:_LONGEST_TURN]} for role, text in turns[:-1][-_MOST_TURNS:]]
    beside = {"history": history} if history else {}
    reader = {"reader": past.reader} if past.reader is not None else {}
    return {"question": turns[-1][1], **beside, **reader, **({"tags": list(tags)} if tags else {})}


def _place(field: str) -> str:
    """`line 3.question` as a place in what was sent."""
    number, _, rest = field.removeprefix("line ").partition(".")
    return f"requests.{number}.messages" if rest in {"", "question"} else f"requests.{number}.{rest}"


def spoken(turns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those turns that a user said or was answered."""
    return [(role, text) for role, text in turns if role in {"user", "assistant"}]
