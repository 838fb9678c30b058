"""Texts: templates with placeholders, filled from facts, escaped for their channel.

A placeholder names a fact, with a default after `|`: `{customer.first_name|Hello}`. The default also replaces a name
that contains markup or a web address. If a placeholder cannot be filled, or the text is too long for its field, the
next language of the chain is tried.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from unicodedata import normalize
from urllib.parse import quote

from engine.domain.decision import Content
from engine.domain.facts import NEVER, FactType, Value
from engine.domain.money import Currency
from engine.domain.quick import quick
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Channel, Product, Treatment

_PLACEHOLDER = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")
FROM_FORMS = frozenset(("customer.first_name", "customer.interests"))
"""Facts that hold what customers typed themselves, and so perhaps an advertisement or markup."""
_LINK = re.compile(r"[<>]|://|www[.]|[.][^\W\d_]{2}", re.IGNORECASE).search
"""Markup, or what mail programs turn into a link: a dot directly before letters is enough, even in "St.John"."""
_AS_A_BROWSER = str.maketrans({"。": ".", "\u200c": None, "\u200d": None})
"""The full stop of Chinese and Japanese separates domains, too, and joiners do not."""
VALUE_LENGTH = 60
"""A fact's value is truncated to this many characters: names come from forms."""

Part = str | tuple[str, str | None]  # a literal, or (fact, default)
Template = tuple[Part, ...]
Escape = Callable[[str], str]


def parse_template(text: str) -> Template:
    parts: list[Part] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        parts.append((found[1].strip(), found[2]))
        at = found.end()
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def _as_is(text: str) -> str:
    return text


def _in_url(text: str) -> str:
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class CompiledTreatment:
    """A treatment with its templates parsed: language -> field -> template."""

    channel: Channel
    placements: frozenset[str] | None  # None: all of the channel
    texts: Mapping[str, Mapping[str, Template]]
    link: Template | None

    def facts(self) -> set[str]:
        """Every fact that a placeholder names."""
        templates = [template for fields in self.texts.values() for template in fields.values()]
        return {part[0] for template in (*templates, self.link or ()) for part in template if isinstance(part, tuple)}


def compile_treatment(treatment: Treatment, book: Rulebook) -> CompiledTreatment:
    return CompiledTreatment(
        channel=book.channels[treatment.channel],
        placements=frozenset(treatment.placements) or None,
        texts={
            language: {name: parse_template(text) for name, text in fields.items()}
            for language, fields in treatment.texts.items()
        },
        link=parse_template(treatment.link) if treatment.link else None,
    )


@lru_cache(maxsize=256)
def language_chain(asked: tuple[str | None, ...], shop: tuple[str, ...]) -> tuple[str, ...]:
    """BCP 47 lookup (RFC 4647): each requested tag cut from the right, then the shop's languages, deduplicated."""
    chain: list[str] = []
    for tag in asked:
        if tag and tag != "none":
            chain += _ranges(tag)
    return tuple(dict.fromkeys((*chain, *shop)))


@lru_cache(maxsize=256)
def _ranges(tag: str) -> tuple[str, ...]:
    """`zh-Hans-CN`, `zh-Hans`, `zh`; case as in RFC 5646, and Chinese with the script of its region."""
    parts = [part.title() if len(part) == 4 else part.upper() for part in tag.split("-")]
    parts[0] = parts[0].lower()
    if parts[0] == "zh" and (len(parts) == 1 or len(parts[1]) != 4):
        region = parts[1] if len(parts) > 1 else "CN"
        parts.insert(1, "Hant" if region in ("TW", "HK", "MO") else "Hans")
    return tuple("-".join(parts[:n]) for n in range(len(parts), 0, -1))


@quick
@dataclass(frozen=True, slots=True)
class Writer:
    """Fills templates from facts, their types, the chosen products, the currency."""

    facts: Mapping[str, Value]
    types: Mapping[str, FactType]
    currency: Currency

    def content(
        self, treatment: CompiledTreatment, chain: tuple[str, ...], products: Iterable[Product]
    ) -> Content | None:
        """The text in the first language of the chain that can be filled; None if none can."""
        for language in chain:
            fields = treatment.texts.get(language)
            if fields is None:
                continue
            filled = self._fields(fields, treatment.channel, titles(products, language))
            link = self.fill(treatment.link, "", _in_url) if treatment.link else None
            if filled is not None and (treatment.link is None or link is not None):
                return Content(language, filled, link)
        return None

    def _fields(self, fields: Mapping[str, Template], channel: Channel, products: str) -> dict[str, str] | None:
        how = escape if channel.escape == "html" else _as_is
        filled: dict[str, str] = {}
        for field in channel.fields:
            if field.name not in fields:
                continue
            text = self.fill(fields[field.name], products, how)
            if text is None or len(text) > field.max_length:
                return None
            filled[field.name] = text
        return filled

    def fill(self, template: Template, products: str, how: Escape) -> str | None:
        """The text, or None if a placeholder has neither a value nor a default."""
        out: list[str] = []
        for part in template:
            if isinstance(part, str):
                out.append(part)
                continue
            name, default = part
            value = products or None if name == "products" else self._shown(name)
            if value is not None and name != "products" and how is not _in_url:  # never truncate in a URL
                value = value[:VALUE_LENGTH]
            if value is None and default is None:
                return None
            out.append(how(value) if value is not None else default or "")
        return "".join(out)

    def _shown(self, name: str) -> str | None:
        """A fact's value as shown to readers; None if unknown, or if a customer typed markup or a link."""
        value = self.facts.get(name)
        kind = self.types.get(name)
        if name in FROM_FORMS:
            value = _without_links(value)
        if value is None or value == NEVER or (value == "none" and kind is FactType.TEXT) or value == frozenset():
            return None
        if kind is FactType.MONEY and isinstance(value, int):
            return f"{self.currency.format(value)} {self.currency.code}"
        if isinstance(value, frozenset):
            return ", ".join(sorted(value))
        return str(value)


def _without_links(value: Value) -> Value:
    """None in place of a text with markup or a link, and a set without such texts."""
    if isinstance(value, frozenset):
        return frozenset(one for one in value if not _looks_like_link(one))
    return None if isinstance(value, str) and _looks_like_link(value) else value


def _looks_like_link(text: str) -> bool:
    plain = text if text.isascii() else normalize("NFKC", text).translate(_AS_A_BROWSER)
    return _LINK(plain) is not None


def titles(products: Iterable[Product], language: str) -> str:
    """The products' titles in this language (else their first), joined as in a sentence."""
    names = [p.title.get(language) or next(iter(p.title.values()), p.sku) for p in products]
    return ("、" if language.startswith("zh") else ", ").join(names)


def fallback_content(texts: Mapping[str, Mapping[str, str]], chain: Iterable[str]) -> Content | None:
    """A placement's text when there is no recommendation; it has no placeholders."""
    for language in (*chain, *texts):
        if language in texts:
            return Content(language, texts[language])
    return None
