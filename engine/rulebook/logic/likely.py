"""Words that nobody declares, but that come close to one: most likely misspelt.

Categories, channels, scenes and languages come with events, so any word is possible in conditions on them. One that is
nearly a word of the rulebook is worth a warning.
"""

import difflib
from collections.abc import Iterator, Mapping

from engine.rulebook.condition import Compare
from engine.rulebook.conditions import comparisons
from engine.rulebook.findings import Report
from engine.rulebook.logic.classes import constants_of
from engine.rulebook.model import Rulebook

CLOSE = 0.75


def check_words(book: Rulebook, report: Report) -> None:
    """Warnings where a condition names what is not in the rulebook, and nearly is."""
    known = _words(book)
    for test in dict.fromkeys(_tests(book)):
        words = known.get(test.fact)
        for word in constants_of(test) if words else ():
            close = difflib.get_close_matches(str(word), words or (), 1, CLOSE) if word not in (words or ()) else []
            if close and test.place is not None:
                message = f"nothing in this rulebook is called {word}"
                report.warning("unlikely-value", test.place, message, f"did you mean {close[0]}?")


def _tests(book: Rulebook) -> Iterator[Compare]:
    for rule in book.rules.values():
        if rule.status != "retired":
            yield from comparisons(rule.when, book.segments)
    for condition in book.segments.values():
        yield from comparisons(condition, book.segments)
    for cap in book.contact_policy.caps:
        if cap.when:
            yield from comparisons(cap.when, book.segments)
    for table in book.tables:
        for row in table.rows:
            for cell in row.cells:
                if cell:
                    yield from comparisons(cell, {})


def _words(book: Rulebook) -> Mapping[str, tuple[str, ...]]:
    """By fact, the words that the rulebook has for its values."""
    categories = {product.category for product in book.products.values()}
    categories |= {category for scene in book.scenes.values() for category in scene.categories}
    links = {channel.link for channel in book.channels.values() if channel.link}
    channels = {*book.channels, *links}
    words = {
        **dict.fromkeys(("customer.categories", "customer.top_category", "cart.categories"), categories),
        **dict.fromkeys(("customer.links", "customer.consents", "customer.channels", "customer.channel"), channels),
        **dict.fromkeys(("customer.source_channel", "event.channel"), channels),
        "event.category": categories,
        "cart.scene": set(book.scenes),
        "customer.language": set(book.shop.languages),
    }
    return {fact: tuple(sorted(found)) for fact, found in words.items()}
