"""Answering, personas: what an assistant says that answers from its sources alone and has found nothing; pure."""

from __future__ import annotations

import re

from indexing.wording.folding import folded
from indexing.wording.stems import language_of
from indexing.wording.stop_words import Language
from rag.personas.stages import Stage
from rag.personas.values import Persona, StatusMode

_WORD = re.compile(r"[^\W_]+")
_FOUND_NOTHING = {
    Language.ENGLISH: "I have found nothing about this in the sources that you may read.",
    Language.GERMAN: "Dazu habe ich in den Quellen, die Sie lesen dürfen, nichts gefunden.",
    Language.DUTCH: "Hierover heb ik niets gevonden in de bronnen die u mag lezen.",
    Language.FRENCH: "Je n'ai rien trouvé à ce sujet dans les sources que vous pouvez lire.",
}
_COULD_NOT_LOOK = {
    Language.ENGLISH: "The sources cannot be searched right now, so I cannot answer this; please ask again later.",
    Language.GERMAN: "Die Quellen lassen sich gerade nicht durchsuchen; bitte fragen Sie später noch einmal.",
    Language.DUTCH: "De bronnen kunnen nu niet worden doorzocht; stel uw vraag later nog eens.",
    Language.FRENCH: "Les sources ne peuvent pas être consultées pour le moment ; veuillez réessayer plus tard.",
}


def said_of_nothing(persona: Persona, question: str, *, could_look: bool) -> str:
    """In the assistant's own words if it has any for it, else in the language of the question."""
    own = persona.status_messages.get(Stage.NOTHING_FOUND) if persona.status_mode is StatusMode.CUSTOM else None
    if own and could_look:
        return own
    language = language_of([folded(found[0]) for found in _WORD.finditer(question)])
    return (_FOUND_NOTHING if could_look else _COULD_NOT_LOOK)[language]
