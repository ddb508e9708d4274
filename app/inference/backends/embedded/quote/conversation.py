"""Ground floor, inference: what a conversation asks last and which passages it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.inference.backends.embedded.quote.passages import Passage, numbered, paragraphs, starts_passage
from app.inference.errors import BackendRefused

CONTEXT_LINE = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*|\*\*)?(?:context|passages?|sources?|documents?|background|kontext|contexte"
    r"|contexto|contesto)(?:\*\*)?[ \t]*:(?:\*\*)?[ \t]*(.*)$",
    re.IGNORECASE,
)
QUESTION_LINE = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*|\*\*)?(?:question|query|q|vraag|frage|pregunta|domanda|pergunta)"
    r"(?:\*\*)?[ \t]*:(?:\*\*)?[ \t]*(.*)$",
    re.IGNORECASE,
)
ANSWER_LABEL = re.compile(r"\n[ \t]*(?:answer|antwoord|antwort|réponse|respuesta)[ \t]*:$", re.IGNORECASE)
LONGEST_BARE_QUESTION = 25  # words, without a question mark
TAG = re.compile(r"<(context|passages|sources|documents)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The last question, the passages, and the whole conversation's text."""

    question: str
    passages: tuple[Passage, ...]
    texts: tuple[str, ...]


def read(messages: object) -> Reading:
    """Understand a conversation in OpenAI's shape."""
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise BackendRefused("local/quote needs `messages`: a list with at least one message.")
    said = [_said(message) for message in messages]
    last = max((at for at, (role, _) in enumerate(said) if role == "user"), default=None)
    question, own = _asked(said[last][1]) if last is not None else ("", [])
    earlier = [_asked(text)[1] for role, text in said[:last] if role == "user"]
    groups = [
        *(numbered(text) for role, text in said if role in ("system", "developer")),
        *(numbered(text) or paragraphs(text) for role, text in reversed(said) if role == "tool"),
        own,
        *reversed(earlier),
    ]
    return Reading(question, tuple(_one_per_number(groups)), tuple(text for _, text in said))


def _one_per_number(groups: Sequence[Sequence[Passage]]) -> Iterator[Passage]:
    """A marker must mean one passage: the first to carry a number keeps it, and what the platform gave comes first."""
    taken: set[int] = set()
    for group in groups:
        fresh = [passage for passage in group if passage.number not in taken]
        taken |= {passage.number for passage in fresh}
        yield from fresh


def _said(message: object) -> tuple[str, str]:
    if not isinstance(message, Mapping):
        raise BackendRefused("local/quote needs each of `messages` to be an object with a role and content.")
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    text = "\n".join(_part(part) for part in parts)
    # Half of a surrogate pair may come with JSON and cannot leave as UTF-8.
    return str(message.get("role")), text.encode(errors="replace").decode().replace("\r\n", "\n")


def _part(part: object) -> str:
    if part is None:
        return ""
    if isinstance(part, str):
        return part
    text = part.get("text", part.get("refusal")) if isinstance(part, Mapping) else None
    if not isinstance(text, str):
        raise BackendRefused("local/quote reads text only: a message holds a part that is something else.")
    return text


def _asked(text: str) -> tuple[str, list[Passage]]:
    """Part a user's message into the question and the context pasted around it."""
    if (parted := _tagged(text)) and not starts_passage(text.split("\n", 1)[0]):
        outside, inside = parted
        return _unlabelled(outside), numbered(inside) or paragraphs(inside)
    lines = ANSWER_LABEL.sub("", text.rstrip()).split("\n")
    begins = next((at for at, line in enumerate(lines) if starts_passage(line) or CONTEXT_LINE.match(line)), None)
    if begins is None:
        return _unlabelled(text), []
    before, block = _unlabelled("\n".join(lines[:begins])), lines[begins:]
    question, block = _question_after(block) if not _asks(before) else (before, block)
    if label := CONTEXT_LINE.match(block[0]):
        block[0] = label[1]
    context = "\n".join(block)
    has_numbers = any(starts_passage(line) for line in block)
    return question or before, numbered(context) if has_numbers else paragraphs(context)


def _tagged(text: str) -> tuple[str, str] | None:
    """What stands outside and inside of a context in tags."""
    opening = TAG.search(text)
    if not opening:
        return None
    closing = f"</{opening[1]}>"
    end = text.rfind(closing, opening.end())
    return (
        (text[: opening.start()] + "\n" + text[end + len(closing) :], text[opening.end() : end]) if end >= 0 else None
    )


def _asks(text: str) -> bool:
    """Whether the words before a context are the question, rather than an introduction to it."""
    if not text or text.endswith(":"):
        return False
    return "?" in text or (len(text.split()) <= LONGEST_BARE_QUESTION and "context" not in text.lower())


def _question_after(block: list[str]) -> tuple[str, list[str]]:
    """A question behind its label, or else as the last paragraph."""
    labelled = [at for at, line in enumerate(block) if QUESTION_LINE.match(line)]
    if labelled:
        return _unlabelled("\n".join(block[labelled[-1] :])), block[: labelled[-1]]
    ends = len(block)
    while ends and not block[ends - 1].strip():
        ends -= 1
    gap = next((at for at in range(ends - 1, 0, -1) if not block[at].strip()), None)
    if gap is None:
        return "", block
    return "\n".join(block[gap:ends]).strip(), block[:gap]


def _unlabelled(text: str) -> str:
    """The question without the word `Question:` before it."""
    lines = text.strip().splitlines()
    for at, line in enumerate(lines):
        if label := QUESTION_LINE.match(line):
            return "\n".join([label[1], *lines[at + 1 :]]).strip()
    return text.strip()
