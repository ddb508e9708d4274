"""Answering, personas: what an assistant says that answers from its sources alone and has found nothing; pure."""

from __future__ import annotations

import re

from indexing.wording.folding import folded
from indexing.wording.stems import language_of
from indexing.wording.stop_words import Language
from rag.personas.stages import Stage
from rag.personas.values import Persona, StatusMode
from rag.search import Retrieved
from rag.sources.gathered import Gathered
from rag.sources.merge import status_of

_WORD = re.compile(r"[^\W_]+")
_FOUND_NOTHING = {
    Language.ENGLISH: "I have found nothing about this in the sources that you may read.",
    Language.GERMAN: "Dazu habe ich in den Quellen, die Sie lesen dürfen, nichts gefunden.",
    Language.DUTCH: "Hierover heb ik niets gevonden in de bronnen die u mag lezen.",
    Language.FRENCH: "Je n'ai rien trouvé à ce sujet dans les sources que vous pouvez lire.",
}
_STILL_READING = {
    Language.ENGLISH: "Some of their documents are still being read; please ask again in a moment.",
    Language.GERMAN: "Einige ihrer Dokumente werden noch gelesen; bitte fragen Sie gleich noch einmal.",
    Language.DUTCH: "Sommige van hun documenten worden nog gelezen; stel uw vraag zo meteen nog eens.",
    Language.FRENCH: "Certains de leurs documents sont encore en cours de lecture ; réessayez dans un instant.",
}
_COULD_NOT_LOOK = {
    Language.ENGLISH: "The sources cannot be searched right now, so I cannot answer this; please ask again later.",
    Language.GERMAN: "Die Quellen lassen sich gerade nicht durchsuchen; bitte fragen Sie später noch einmal.",
    Language.DUTCH: "De bronnen kunnen nu niet worden doorzocht; stel uw vraag later nog eens.",
    Language.FRENCH: "Les sources ne peuvent pas être consultées pour le moment ; veuillez réessayer plus tard.",
}


def said_of_nothing(persona: Persona, question: str, found: Gathered) -> str:
    """In the assistant's own words if it has any for it, else in the language of the question."""
    could_look = status_of(found) is not Retrieved.DEGRADED
    own = persona.status_messages.get(Stage.NOTHING_FOUND) if persona.status_mode is StatusMode.CUSTOM else None
    if own and could_look:
        return own
    language = language_of([folded(word[0]) for word in _WORD.finditer(question)])
    if not could_look:
        return _COULD_NOT_LOOK[language]
    is_still_reading = any(source.unfinished for source in found.sources)
    return " ".join([_FOUND_NOTHING[language], *([_STILL_READING[language]] if is_still_reading else [])])
