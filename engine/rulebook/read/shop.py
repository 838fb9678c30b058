"""shop.yaml: the one currency, the zone, the languages."""

import re
from typing import Final

from engine.domain.money import Currency
from engine.rulebook.findings import Place
from engine.rulebook.read.context import DEFAULT_SHOP, Context
from engine.rulebook.read.dates import read_zone
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.words import CURRENCY_DECIMALS
from engine.rulebook.shop import Shop
from engine.rulebook.source import Node
from engine.rulebook.values import did_you_mean

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
"""The languages of BCP 47 that shops use: en, zh-Hans, pt-BR."""


def read_shop(context: Context, node: Node) -> Shop:
    fields = Fields(context.report, node, "the shop", ("currency", "zone", "languages"), ("name", "broken_ids"))
    return Shop(
        currency=_currency(context, fields),
        zone=read_zone(context, fields, "zone", DEFAULT_SHOP.zone),
        languages=_languages(context, fields),
        name=fields.text("name", "shop"),
        broken_ids=frozenset(id_.casefold() for id_, _ in fields.placed_texts("broken_ids")),
    )


def _currency(context: Context, fields: Fields) -> Currency:
    """An unknown one is read as the one most likely meant, so that not every amount is reported, too."""
    code = fields.text("currency", DEFAULT_SHOP.currency.code)
    if code and code not in CURRENCY_DECIMALS:
        hint = did_you_mean(code, CURRENCY_DECIMALS)
        context.report.error("unknown-currency", fields.place_of("currency"), f"{code[:20]} is not a currency", hint)
        code = next((known for known in CURRENCY_DECIMALS if known in (hint or "")), DEFAULT_SHOP.currency.code)
    return Currency(code, CURRENCY_DECIMALS.get(code, 2))


def _languages(context: Context, fields: Fields) -> tuple[str, ...]:
    found: dict[str, Place] = {}
    for language, place in fields.placed_texts("languages", at_least=1):
        if not LANGUAGE.fullmatch(language):
            context.report.error(
                "unknown-language", place, f"{language[:40]} is not a language code", "such as en, zh-Hans"
            )
            context.unsure |= {"language"}
        elif language in found:
            message = f"the language {language} is already listed at {found[language]}"
            context.report.error("duplicate-id", place, message, "delete one of the two")
        else:
            found[language] = place
    return tuple(found) or DEFAULT_SHOP.languages
