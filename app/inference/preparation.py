"""Ground floor, inference: what a model's own settings make of a caller's request; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_CHARACTERS_PER_TOKEN = 4
_UNSAID_OUTPUT = 1024  # what a call is reckoned to write when nobody says how much it may
_ALSO_READ = ("tools", "functions", "response_format")  # beside the messages
_OURS = {"model", "stream", "stream_options"}


class Prepared(Protocol):
    """What of a model shapes its requests."""

    @property
    def system_prompt_template(self) -> str | None:
        """Said before anything else."""

    @property
    def default_params(self) -> Mapping[str, Any]:
        """Parameters in force unless the caller sets them."""

    @property
    def max_output_tokens(self) -> int | None:
        """The most it writes."""


def prepare(model: Prepared, fields: Mapping[str, Any], added: str = "") -> dict[str, Any]:
    """Merge the model's defaults, prompt and limits into the fields of a request; what is added follows the prompt."""
    made = {**model.default_params, **{name: value for name, value in fields.items() if name not in _OURS}}
    prompt = "\n\n".join(part for part in (model.system_prompt_template, added) if part)
    if prompt:
        made["messages"] = [{"role": "system", "content": prompt}, *made["messages"]]
    return within_limits(model, made)


def within_limits(model: Prepared, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request with no more to be written than the model may write."""
    made = {name: value for name, value in fields.items() if name not in _OURS}
    if model.max_output_tokens is not None:
        for name in ("max_tokens", "max_completion_tokens"):
            wanted = made.get(name)
            if isinstance(wanted, int):
                made[name] = min(wanted, model.max_output_tokens)
    return made


def estimate_input(fields: Mapping[str, Any]) -> int:
    """Reckon the tokens of a request from its length: for reservations, and where a backend does not count."""
    messages = fields.get("messages") or ()
    length = sum(_length(message.get("content")) for message in messages)
    length += sum(len(json.dumps(fields[name])) for name in _ALSO_READ if fields.get(name))
    return 1 + length // _CHARACTERS_PER_TOKEN


def estimate_output(model: Prepared, fields: Mapping[str, Any]) -> int:
    """Reckon what a call may write at most."""
    wanted = fields.get("max_completion_tokens") or fields.get("max_tokens")
    limits = [limit for limit in (wanted, model.max_output_tokens) if isinstance(limit, int) and limit > 0]
    return (min(limits) if limits else _UNSAID_OUTPUT) * _answers_wanted(fields)


def _answers_wanted(fields: Mapping[str, Any]) -> int:
    """How many answers are asked for at once."""
    wanted = fields.get("n")
    return wanted if isinstance(wanted, int) and wanted > 0 else 1


def estimate_texts(inputs: Sequence[Any]) -> int:
    """Reckon the tokens of texts to embed."""
    return sum(1 + len(text) // (_CHARACTERS_PER_TOKEN if isinstance(text, str) else 1) for text in inputs)


def _length(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, list):
        return sum(len(part.get("text") or "") for part in content if isinstance(part, dict))
    return 0
