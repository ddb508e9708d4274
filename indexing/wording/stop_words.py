"""Knowing, wording: words that say nothing of what a text is about, by language; they tell what language it is in."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """Languages whose words are brought back to their stems; the first is taken where nothing speaks for another."""

    ENGLISH = "english"
    GERMAN = "german"
    DUTCH = "dutch"
    FRENCH = "french"


SILENT = {
    language: frozenset(words.split())
    for language, words in {
        Language.ENGLISH: (
            "a about above after again all am an and any are as at be because been before being below between both but"
            " by can could did do does doing down during each few for from further had has have having he her here hers"
            " him his how i if in into is it its itself just me more most my no nor not now of off on once only or"
            " other our ours out over own same she should so some such than that the their theirs them then there these"
            " they this those through to too under until up very was we were what when where which while who whom why"
            " will with would you your yours"
        ),
        Language.GERMAN: (
            "aber als auch auf aus bei bin bis bist da das dass dem den der des die doch du durch ein eine einem einen"
            " einer eines er es für hat hatte ich ihr im ist kann mein mit nach nicht noch nur ob oder sein sich sie"
            " sind um und uns unter vom von vor war was wenn wer werden wie wieder wir wird wo zu zum zur über"
        ),
        Language.DUTCH: (
            "aan al als bij daar dan dat de der deze die dit door een en er het hij hoe hun ik in is je kan maar me"
            " met mijn naar niet nog of om onder ook op over te tot uit van veel voor waar wat we wel werd wie wij"
            " worden wordt zal ze zich zij zijn zo"
        ),
        Language.FRENCH: (
            "au aux avec ce ces dans de des du elle en est et eux il ils je la le les leur lui ma mais mes moi mon ne"
            " nos notre nous on ou où par pas pour qu que qui sa se ses son sont sur ta te tes toi ton tu un une vos"
            " votre vous"
        ),
    }.items()
}
