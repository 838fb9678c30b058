"""The texts of the product in one language, out of gettext catalogues: `locale/<language>/LC_MESSAGES/patron.po`.

A key is `area.name`: the area is the msgctxt of the entry and the name its msgid, so that each part of the product has
an area of its own. Keys, not English sentences, are the ids: rewording an English text changes no other file. Nothing
falls back to another language or to the key; tests hold that every language has every text.
"""

import gettext
import io
from collections.abc import Container, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = ("en", "zh-Hans")
"""The languages with a catalogue (BCP 47); the first is the default."""


class MissingText(LookupError):
    """A text missing in a catalogue, or a placeholder without a value: a bug."""


class Catalogue:
    """The texts of one language, read from the bytes of its file. `catalogue` keeps one for each language."""

    def __init__(self, language: str, po: bytes) -> None:
        self.language = language
        self.weekdays: Final[Mapping[int, str]] = dict(Locale.parse(language, sep="-").days["format"]["wide"])
        """Their names, 0 for Monday."""
        read = read_po(io.BytesIO(po), abort_invalid=True)
        found = self._translations = _translations_of(read)
        self._texts = {f"{area}.{name}": found.pgettext(area, name) for area, name in _ids(read, plural=False)}
        self._plurals = {f"{area}.{name}": (area, name) for area, name in _ids(read, plural=True)}

    def __contains__(self, key: str) -> bool:
        return key in self._texts or key in self._plurals

    def text(self, key: str, /, **fields: object) -> str:
        """The text with its placeholders filled in."""
        try:
            return self._texts[key].format(**fields)
        except KeyError as missing:
            raise self._missing(key, self._texts, missing) from None

    def plural(self, key: str, number: int, /, **fields: object) -> str:
        """The form of the text for this number, which is filled in as {n}."""
        try:
            area, name = self._plurals[key]
            return self._translations.npgettext(area, name, name, number).format(n=number, **fields)
        except KeyError as missing:
            raise self._missing(key, self._plurals, missing) from None

    def word(self, key: str, default: str) -> str:
        """The text, or `default` where there is none: for names that a rulebook may define itself."""
        return self._texts.get(key, default)

    def _missing(self, key: str, kind: Container[str], missing: KeyError) -> MissingText:
        if key in kind:
            return MissingText(
                f"the {self.language} text {key} has the placeholder {missing}, which was given no value"
            )
        plural = " with plural forms" if kind is self._plurals else ""
        return MissingText(f"the {self.language} catalogue has no text {key}{plural}")


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one of `LANGUAGES`, read when it is first asked for."""
    if language not in LANGUAGES:
        raise MissingText(f"there is no catalogue for {language}, only for {', '.join(LANGUAGES)}")
    return Catalogue(language, file_of(language).read_bytes())


def language_of(tag: str | None) -> str:
    """The language for this preference (BCP 47): Simplified Chinese for every Chinese."""
    primary = (tag or "").lower().partition("-")[0]
    return next((one for one in LANGUAGES if one.partition("-")[0] == primary), LANGUAGES[0])


def file_of(language: str) -> Traversable:
    """Where its texts are, also in an installed package."""
    return resources.files(__package__).joinpath("locale", language.replace("-", "_"), "LC_MESSAGES", "patron.po")


def _translations_of(read: Catalog) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _ids(read: Catalog, plural: bool) -> Iterator[tuple[str, str]]:
    """Area and name of the entries with, or without, plural forms. An entry that is fuzzy or lacks a form is no text:
    gettext would show its id instead."""
    for entry in read:
        name = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        if entry.context and all(forms) and not entry.fuzzy and entry.pluralizable is plural:
            yield entry.context, name
