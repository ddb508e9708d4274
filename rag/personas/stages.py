"""Answering, personas: what is told while an assistant looks, in its own words or in ours."""

from __future__ import annotations

from enum import StrEnum

from rag.personas.values import Persona, StatusMode


class Stage(StrEnum):
    """What is being done; also the names of an assistant's own messages."""

    SEARCHING = "searching"
    REFINING = "refining"  # better questions are made of what was found
    READING = "reading"  # a document is read on
    CONNECTING = "connecting"  # a graph is asked
    ANSWERING = "answering"
    NOTHING_FOUND = "nothing_found"


_OURS = {
    Stage.SEARCHING: "Searching the sources…",
    Stage.REFINING: "Looking more closely…",
    Stage.READING: "Reading a document…",
    Stage.CONNECTING: "Following connections…",
    Stage.ANSWERING: "Writing the answer…",
    Stage.NOTHING_FOUND: "Nothing was found.",
}
_OF_STEPS = {
    "search": Stage.SEARCHING,
    "rewrite": Stage.REFINING,
    "expand": Stage.REFINING,
    "read": Stage.READING,
    "graph": Stage.CONNECTING,
}


def stage_of(step: str) -> Stage | None:
    """What is told of a kind of step, if anything is."""
    return _OF_STEPS.get(step)


def message(persona: Persona, stage: Stage) -> str | None:
    """What an assistant says at a stage; None where it keeps silent."""
    if persona.status_mode is StatusMode.NONE:
        return None
    own = persona.status_messages.get(stage) if persona.status_mode is StatusMode.CUSTOM else None
    return own or _OURS[stage]
