"""Names and labels as people write them, in one normal form: what looks alike is alike.

In normal form, words are separated by one blank, there is none at the ends, nothing is invisible except joiners within
words, and characters are composed (NFC).
"""

import re
from typing import Final
from unicodedata import category, is_normalized, normalize

_JOINERS: Final = "\u200c\u200d"
"""Part of the spelling in Persian, Hindi and others, and of emoji."""
_FILLERS: Final = "\u2800\u3164\uffa0"
"""Look like blanks, but Unicode counts them as letters or symbols: the empty Braille cell, Hangul fillers."""
_REPEATED_JOINERS: Final = re.compile(f"([{_JOINERS}])[{_JOINERS}]+")
_BLANKS: Final = re.compile(f"[{_JOINERS}]?[\\s{_FILLERS}][\\s{_FILLERS}{_JOINERS}]*")
_FILLED: Final = re.compile(f"[{_FILLERS}]").search
_WITHOUT_JOINERS: Final = dict.fromkeys(map(ord, _JOINERS))


def normal_form(text: str) -> str:
    """The text in normal form; "" if nothing of it is visible. Control characters stay, for the reader to refuse."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = "".join(character for character in text if category(character) != "Cf" or character in _JOINERS)
    blanked = _BLANKS.sub(" ", _REPEATED_JOINERS.sub(r"\1", visible))
    return normalize("NFC", blanked.strip(" " + _JOINERS))


def is_normal(text: str) -> bool:
    """Whether the text is in normal form and free of control characters."""
    if text.isascii():
        return text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]
    if not text.isprintable():  # unless it is for joiners alone
        return text.translate(_WITHOUT_JOINERS).isprintable() and normal_form(text) == text
    return "  " not in text and text[0] != " " != text[-1] and is_normalized("NFC", text) and not _FILLED(text)
