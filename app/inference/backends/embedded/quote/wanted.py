"""Ground floor, inference: what sort of answer a question asks for, and whether a sentence holds one."""

from __future__ import annotations

import re
from enum import Enum


class Wanted(Enum):
    """What an answer must hold to be one."""

    NUMBER = "number"
    DURATION = "duration"
    DATE = "date"
    MONEY = "money"
    PERSON = "person"
    REASON = "reason"


_ASKS: tuple[tuple[Wanted, dict[str, str]], ...] = (
    (
        Wanted.MONEY,
        {
            "en": r"how much (?:does|do|is|are|will|must|money)|what (?:is|are|does) .{0,40}\b(?:price|cost|fee|pay)",
            "nl": r"hoeveel kost|wat kost|welke? prijs",
            "de": r"wie ?viel kostet|was kostet",
            "fr": r"combien coute|quel (?:est le )?prix",
            "es": r"cuanto cuesta|que precio",
            "it": r"quanto costa",
            "pt": r"quanto custa",
        },
    ),
    (
        Wanted.DURATION,
        {
            "en": r"how (?:long|often|soon|quickly|fast|late|early)",
            "nl": r"hoe ?(?:lang|vaak|snel)",
            "de": r"wie (?:lange|oft|schnell)",
            "fr": r"combien de temps|quelle (?:est la )?duree",
            "es": r"cuanto (?:tiempo|dura|tarda)",
            "it": r"quanto (?:tempo|dura)",
            "pt": r"quanto (?:tempo|dura)",
        },
    ),
    (
        Wanted.NUMBER,
        {
            "en": r"how (?:many|much|far|old|big|large|high|deep|tall)|what (?:percentage|number|share)",
            "nl": r"hoe ?(?:veel|groot|hoog|ver|oud)",
            "de": r"wie ?(?:viele?n?|gross|hoch|weit|alt)\b",
            "fr": r"combien",
            "es": r"cuant[oa]s?",
            "it": r"quant[oiae]",
            "pt": r"quant[oa]s?",
        },
    ),
    (
        Wanted.DATE,
        {
            "en": r"\bwhen\b|(?:what|which) (?:date|day|year|month|time)|deadline",
            "nl": r"wanneer|hoe laat|welke? (?:datum|dag|jaar)",
            "de": r"\bwann\b|welche[ms]? (?:datum|tag|jahr)",
            "fr": r"\bquand\b|quelle (?:date|heure)",
            "es": r"\bcuando\b|que (?:fecha|dia|hora)",
            "it": r"\bquando\b|che (?:data|ora)",
            "pt": r"\bquando\b|que (?:data|dia|horas)",
        },
    ),
    (
        Wanted.PERSON,
        {
            "en": r"\bwhom?\b",
            "nl": r"\bwie\b",
            "de": r"\bwe[rmn]\b",
            "fr": r"\bqui\b",
            "es": r"\bquien",
            "it": r"\bchi\b",
            "pt": r"\bquem\b",
        },
    ),
    (
        Wanted.REASON,
        {
            "en": r"\bwhy\b",
            "nl": r"waarom",
            "de": r"warum|wieso|weshalb",
            "fr": r"pourquoi",
            "es": r"por que",
            "it": r"perche",
            "pt": r"por ?que",
        },
    ),
)
_NUMBER_WORDS = (
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|sixty|ninety|hundred"
    r"|thousand|half|daily|weekly|monthly|yearly|annually|twice|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|twaalf"
    r"|zwei|drei|funf|sechs|sieben|neun|zehn|zwolf|deux|trois|quatre|cinq|sept|huit|neuf|dix|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|diez|due|tre|quattro|cinque|sei|sette|otto|nove|dieci)\b"
)
_MONTHS_AND_DAYS = (
    r"\b(?:jan|feb|febr|mar|maart|marz|mars|apr|avr|mai|mei|may|jun|juin|jul|juil|aug|aout|ago|sept?|okt|oct|nov|dec|dez"
    r"|mon|tues?|wednes|thurs|fri|satur|sun|maan|dins|woens|donder|vrij|zater|zon|mon|diens|mitt|donners|frei|sams|sonn"
    r"|lun|mar|mer|jeu|ven|sam|dim|mie|jue|vie|sab|dom|gio)[a-z]*\b"
)
_GIVES: dict[Wanted, re.Pattern[str]] = {
    Wanted.NUMBER: re.compile(_NUMBER_WORDS),
    Wanted.DURATION: re.compile(_NUMBER_WORDS),
    Wanted.DATE: re.compile(rf"\d|{_MONTHS_AND_DAYS}"),
    Wanted.MONEY: re.compile(r"[€$£¥\d]|\bfree\b|gratis"),
    Wanted.REASON: re.compile(
        r"\b(?:because|since|due|so that|therefore|reason|omdat|want|doordat|daarom|reden|weil|denn|da|grund|damit"
        r"|parce|car|afin|raison|porque|pues|razon|perche|motivo|pois)\b"
    ),
}
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZÀ-Þ][\w'-]+|\b(?:Dr|Mr|Mrs|Ms|Prof)\.|@")


def wanted(question: str, language: str) -> Wanted | None:
    """Say what sort of answer a folded question asks for, if it shows."""
    return next((kind for kind, asks in _ASKS if re.search(asks[language], question)), None)


def gives(kind: Wanted, sentence: str, folded: str) -> bool:
    """Whether a sentence holds that sort of answer."""
    if kind is Wanted.PERSON:
        return _NAME.search(sentence) is not None
    return _GIVES[kind].search(folded) is not None
