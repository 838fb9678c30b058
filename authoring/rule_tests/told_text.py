"""Where the first recommendation does not say what a test expects, in the language of the customer or in others."""

from collections.abc import Iterator, Sequence
from html import unescape

from authoring.rule_tests.case import Wording
from authoring.rule_tests.outcome import Decided, Difference
from engine.domain.decision import Recommendation
from engine.rulebook.model import Rulebook

SHOWN = 80
"""Characters of a text that a failure repeats."""


def differences(wordings: Sequence[Wording], decided: Sequence[Decided], book: Rulebook) -> Iterator[Difference]:
    """Each wording that is not found."""
    of = next((one for one in decided if one.given), None)
    for wanted in wordings:
        first = _said(of, wanted.language) if of else None
        spoken = first.content.language if first else wanted.language
        if wanted.language and spoken != wanted.language:
            yield _named(wanted), f"{_key(wanted)}: it has no text in {wanted.language}, and is in {spoken}"
            continue
        fields = _as_read(first, book) if first else {}
        if not _found(wanted, fields):
            shown = {wanted.field: fields[wanted.field]} if wanted.field in fields else fields
            got = ", ".join(f"{name} {text[:SHOWN]!r}" for name, text in shown.items())
            yield _named(wanted), f"{_key(wanted)}: {got or 'nothing is recommended'}"


def _said(of: Decided, language: str | None) -> Recommendation | None:
    first = of.given[0]
    if language in (None, first.content.language):
        return first
    again = (one for one in of.in_language(str(language)) if (one.action, one.channel) == (first.action, first.channel))
    return next(again, None)


def _found(wanted: Wording, fields: dict[str, str]) -> bool:
    texts = [fields.get(wanted.field, "")] if wanted.field else list(fields.values())
    return any(text == wanted.text if wanted.exactly else wanted.text in text for text in texts)


def _named(wanted: Wording) -> str:
    return f"{_key(wanted)}: {'is ' if wanted.exactly else ''}{wanted.text}"


def _key(wanted: Wording) -> str:
    return " ".join(filter(None, ("text", wanted.language, wanted.field)))


def _as_read(first: Recommendation, book: Rulebook) -> dict[str, str]:
    """The fields as people see them, whatever is escaped for the channel."""
    is_html = book.channels[first.channel].escape == "html"
    return {name: unescape(text) if is_html else text for name, text in first.content.fields.items()}
