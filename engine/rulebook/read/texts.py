"""Texts in several languages: which fields, how long, what their placeholders name."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from engine.rulebook.findings import Place
from engine.rulebook.offers import ChannelField
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import entries_of, text_of
from engine.rulebook.source import Entry, MapNode, Node
from engine.rulebook.values import did_you_mean

PLACEHOLDER: Final = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
"""`{name}` or `{name|default}`."""
PRODUCTS: Final = "products"
"""The placeholder that lists the titles of the chosen products."""

Texts = dict[str, dict[str, str]]


def read_texts(context: Context, node: Node, fields: Sequence[ChannelField], placeholders: bool = True) -> Texts:
    """language -> field -> template, checked against the fields of a channel."""
    found: Texts = {}
    for language, entry in entries_of(context.report, node, "a mapping of languages"):
        if context.known("language", language, context.shop.languages, entry.key.place):
            found[language] = _one_language(context, entry, fields, placeholders)
    default = context.shop.languages[0]
    if isinstance(node, MapNode) and default not in node.entries:
        message = f"the text is missing in {default}, the shop's first language"
        context.report.error("missing-language", node.place, message, f"add {default}: {{...}}")
    return found


def warn_of_missing_languages(context: Context, texts: Mapping[str, object], place: Place, what: str) -> None:
    """A warning for each further language of the shop in which a live text is not written."""
    for language in context.shop.languages[1:]:
        if language not in texts:
            message = f"{what} has no text in {language}"
            hint = f"customers with the language {language} get {context.shop.languages[0]}"
            context.report.warning("missing-language", place, message, hint)


def _one_language(context: Context, entry: Entry, fields: Sequence[ChannelField], placeholders: bool) -> dict[str, str]:
    by_name = {field.name: field for field in fields}
    found: dict[str, str] = {}
    for name, item in entries_of(context.report, entry.node, "a mapping of text fields"):
        if not context.known("field", name, by_name, item.key.place):
            continue
        template = text_of(context.report, item.node)
        found[name] = template
        check_template(context, template, item.node.place, placeholders)
        _check_length(context, template, by_name[name], item.node.place)
    for field in fields:
        if field.required and isinstance(entry.node, MapNode) and field.name not in entry.node.entries:
            context.report.error("missing-field", entry.node.place, f"the text needs the field {field.name}")
    return found


def _check_length(context: Context, template: str, field: ChannelField, place: Place) -> None:
    length = len(PLACEHOLDER.sub("", template))
    if length > field.max_length:
        message = f"{length} characters; {field.name} takes at most {field.max_length}"
        context.report.error("text-too-long", place, message, f"shorten it by {length - field.max_length}")


def check_template(context: Context, template: str, place: Place, placeholders: bool = True) -> None:
    """Placeholders name facts (or products); braces stand for nothing else."""
    for name, default in PLACEHOLDER.findall(template):
        if not placeholders:
            message = f"{{{name}}}: this text is shown to unknown customers"
            context.report.error("bad-placeholder", place, message, "remove the placeholders")
        else:
            _check_placeholder(context, name, default, place)
    if re.search(r"[{}]", PLACEHOLDER.sub("", template)):
        hint = "a placeholder is written {customer.first_name|Hello}"
        context.report.error("bad-placeholder", place, "a brace that is not part of a placeholder", hint)


def _check_placeholder(context: Context, name: str, default: str, place: Place) -> None:
    names: Collection[str] = context.facts
    if name == PRODUCTS or name in names or name in context.broken_facts or "fact" in context.unsure:
        return
    hint = did_you_mean(name, (*names, PRODUCTS))
    shown = f"{name}|{default}" if default else name
    context.report.error("bad-placeholder", place, f"{{{shown[:60]}}} does not name a fact", hint)
