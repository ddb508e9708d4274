"""Knowing, extraction: the likeliest encoding of text that is in none of the Unicode ones."""

from __future__ import annotations

import re

import charset_normalizer

_WEST = "àâäáãåæçéèêëíìîïñóòôöõøœúùûüßÿ"
_EAST = "ąćęłńóśźżáčďéěíňřšťúůýžôľĺŕőűöüäăâî"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_CJK = ""
_USUAL = {
    "cp1252": _WEST,
    "iso8859_15": _WEST,
    "cp1250": _EAST,
    "iso8859_2": _EAST,
    "cp1254": "çğıöşüâîû",
    "cp1257": "āčēģīķļņšūžąęėįųõäöü",
    "cp1255": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "cp1253": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ",
    "cp1256": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "cp932": _CJK,
    "euc_jp": _CJK,
    "gb18030": _CJK,
    "big5": _CJK,
    "cp949": _CJK,
    "cp866": _CYRILLIC,
    "mac_roman": _WEST,
    "cp850": _WEST,
}
_KANA = {"cp932", "euc_jp"}
_SIGNS = frozenset("“”‘’„‚–—…«»€£°§©®™·•¿¡ªº№\u00a0")
_ODD_CASE = re.compile(r"[a-zß-öø-ÿа-я][A-ZÀ-ÖØ-ÞА-Я]|[a-zA-Z][а-яα-ωא-ת]")
_SAMPLE = 1 << 16
_READ = 20_000
_LEAST = 0.4  # real texts reach 0.7 and more, noise stays under 0.2


def guess(data: bytes) -> str | None:
    """The encoding whose letters are the usual ones of its languages; None if none makes readable words."""
    sample = data[:_SAMPLE].rsplit(b"\n", 1)[0] if len(data) > _SAMPLE else data
    chaos = {match.encoding: match.chaos for match in charset_normalizer.from_bytes(sample, cp_isolation=list(_USUAL))}
    likely: dict[str, float] = {}
    for encoding in _USUAL:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        likely[encoding] = _readable(text[:_READ], encoding) - chaos.get(encoding, 0.25)
    best = max(likely, key=lambda encoding: likely[encoding], default=None)
    return best if best and likely[best] > _LEAST else None


def _readable(text: str, encoding: str) -> float:
    """How usual the letters beyond ASCII are: 1 is ordinary, below 0 is gibberish."""
    beyond = [character for character in text if character > "\x7f"]
    letters = _USUAL[encoding]
    weigh = [_ideograph(each, encoding) if letters is _CJK else _letter(each, letters) for each in beyond]
    return (sum(weigh) - len(_ODD_CASE.findall(text))) / max(len(beyond), 1)


def _letter(character: str, usual: str) -> float:
    if character in _SIGNS:
        return 0.95
    if character in usual:
        return 1.0
    return 0.8 if character.lower() in usual else -1.0


def _ideograph(character: str, encoding: str) -> float:
    kana, hangul, han = "\u3040" <= character <= "\u30ff", "\uac00" <= character <= "\ud7a3", _is_han(character)
    if (kana and encoding in _KANA) or (hangul and encoding == "cp949") or (han and encoding != "cp949"):
        return 1.0
    return 0.7 if "\u3000" <= character <= "\u303f" or "\uff00" <= character <= "\uff60" else -1.0


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
