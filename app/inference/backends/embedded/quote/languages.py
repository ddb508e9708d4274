"""Ground floor, inference: the small words of the languages questions come in."""

from __future__ import annotations

from collections.abc import Sequence

from app.inference.backends.embedded.quote.words import word_set

# Words that say nothing about the subject, as `words.fold` leaves them: without accents.
STOP_WORDS: dict[str, frozenset[str]] = {
    "en": word_set(
        "a about after all also am an and any anyone are as at be because been before being but by can could did do"
        " does doing don for from get give had has have having he her here hers him his how i if in into is it its just"
        " know let like long many may me might more most much must my no not of off often on once one only or other our"
        " ours out own per please s shall she should so some such t tell than that the their them then there these they"
        " this those through to too under until up us very want was we were what when where whether which while who"
        " whom whose why will with would you your yours far old kind explain describe mean show find say says said"
        " happens happen summarise summarize summary overview thanks thank hello"
    ),
    "nl": word_set(
        "aan al alle als bij dan dat de deze die dit door dus een en er ga geen haar heb hebben heeft het hem hij hoe"
        " hoeveel hun ik in is je jij jullie kan kun kunnen lang maar me mijn moet moeten mag met na naar niet nog of"
        " om ons ook op over per hoeveelheid te tot u uit uw van veel vaak voor waar waarom wanneer want was wat we"
        " welk welke wel wie wij worden wordt zal ze zich zij zijn zo zou krijg krijgen krijgt"
    ),
    "de": word_set(
        "aber alle als am an auch auf aus bei bin bis das dass dem den der des die dies diese dieser du durch ein eine"
        " einem einen einer eines er es fur gibt habe haben hat ich ihr im in ist ja kann kein keine konnen lange man"
        " mein mit muss nach nicht noch nur oder oft ob sein sich sie sind so uber um und uns unter viel viele vielen"
        " vom von vor wann war warum was welche welcher welches wenn wer werden wie wieviel wird wir wo zu zum zur"
        " bekomme bekommt darf gelten gilt"
    ),
    "fr": word_set(
        "a ai au aux avec avoir c ce ces cet cette combien comme comment d dans de des dois doit du elle en est et etre"
        " faut il ils j je l la le les leur lui ma mais me mes mon n ne nos notre nous on ont ou par pas peut pour"
        " pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sur temps ta te tu"
        " un une vos votre vous y ya"
    ),
    "es": word_set(
        "a al como con cual cuales cuando cuanta cuantas cuanto cuantos de debe debo del desde donde dura e el ella en"
        " es esta este esto ha hay la las le lo los mas me mi mis muy no nos o para pero por porque puede puedo que"
        " quien se ser si sin sobre son su sus te tengo tiene tienen tiempo tu un una y ya"
    ),
    "it": word_set(
        "a ai al alla anche che chi ci come con cosa da dal dalla dei del della delle di dove e ed i gli ha hanno ho il"
        " in io la le lo ma mi nel nella non o per perche piu posso puo quale quali quando quanta quante quanti quanto"
        " se si sono su tempo tra un una uno"
    ),
    "pt": word_set(
        "a ao aos as com como da das de do dos e ela ele em essa esse esta este eu ha isso mais mas me meu minha na nas"
        " no nos o onde os ou para pela pelo por porque posso pode qual quais quando quanta quantas quanto quantos que"
        " quem se sem ser seu sua tem tempo um uma voce"
    ),
}

# Words a question is padded with: they name the kind of thing asked about, seldom the thing.
PALE = word_set(
    "policy policies rule rules information procedure process detail details regulation regulations maximum minimum"
    " amount last take possible allowed allow need required beleid regel regels regeling informatie duurt richtlinie"
    " regelung dauert politique dure politica norma"
)


def language_of(words: Sequence[str]) -> str:
    """Guess the question's language by its small words; English when nothing tells."""
    return max(STOP_WORDS, key=lambda name: sum(word in STOP_WORDS[name] for word in words))
