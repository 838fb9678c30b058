"""All errors of a rulebook: those of its files, and those that follow from its rules together.

The engine's loader reads the files. Serving needs no more than that: active rulebooks were checked here.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from authoring.logic.classes import constants_of
from authoring.logic.reach import check_reach, check_used
from authoring.logic.regions import RuleLogic
from authoring.logic.rules import check_rules
from authoring.logic.space import Ground
from authoring.logic.tables import check_ambiguous, check_rows
from engine.rulebook.condition import Compare
from engine.rulebook.findings import Finding, Report, RulebookError, in_order
from engine.rulebook.loader import load_texts
from engine.rulebook.model import Rulebook, Table
from engine.rulebook.predicates import comparisons
from engine.rulebook.read.context import Context
from engine.rulebook.read.tiers import tiers_of
from runtime.rule_folder import read_files


def load(folder: Path) -> Rulebook:
    """The rulebook of a folder. RulebookError, with all findings, when there is an error in it."""
    rulebook, findings = check(folder)
    if rulebook is None:
        raise RulebookError(findings)
    return rulebook


def check(folder: Path, logic: bool = False, now: int | None = None) -> tuple[Rulebook | None, list[Finding]]:
    """The rulebook of a folder (None when there is an error) and all findings, warnings too. Never raises.

    `logic`, `now`: as for `check_texts`.
    """
    report = Report()
    files = read_files(folder, report, tests=False)
    return (None, in_order(report.findings)) if files is None else check_texts(files, logic, now, report)


def check_texts(
    texts: Mapping[str, str | bytes], logic: bool = False, now: int | None = None, report: Report | None = None
) -> tuple[Rulebook | None, list[Finding]]:
    """The rulebook (None when there is an error) and all findings, warnings too. Never raises.

    `texts`, `report`: as for `loader.load_texts`. `logic`: also check what follows from the rules together
    (`check_logic`, for which `now`, in ms, is today).
    """
    report = report or Report()
    rulebook, findings = load_texts(texts, report, check_tables)
    if rulebook is None or not logic:
        return rulebook, findings
    check_logic(rulebook, report, now)
    return rulebook, in_order(report.findings)


def check_tables(context: Context, tables: tuple[Table, ...], without_otherwise: Collection[str]) -> None:
    """Errors: rows that fit together where `pick` does not choose, customers that no row fits."""
    ground = Ground(context.facts, tables=tables, tiers=tuple(context.tiers))
    check_ambiguous(ground, without_otherwise, context.currency, context.report)


def check_logic(book: Rulebook, report: Report, now: int | None = None) -> None:
    """Add the logic errors of a valid rulebook to `report`. `now` (ms): for rules that have expired;
    None ignores those."""
    ground = Ground(
        vocabulary=book.vocabulary,
        segments=book.segments,
        tables=book.tables,
        triggers=tuple(dict.fromkeys(trigger.key for rule in book.rules.values() for trigger in rule.trigger)),
        tiers=tiers_of(book.tiers),
    )
    check_rows(ground, book.shop.currency, report)
    logic = RuleLogic(book, ground)
    check_rules(logic, report)
    check_reach(logic, report, now)
    check_used(book, report)
    check_words(book, report)


# ---- Undeclared words close to a declared one: most likely misspelt ----
#
# Categories, channels, scenes and languages come with events, so any word is possible in conditions on them. One that
# is nearly a word of the rulebook is worth a warning.


CLOSE = 0.75


def check_words(book: Rulebook, report: Report) -> None:
    """Warnings where a condition names a value close to one in the rulebook."""
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
    """By fact, the values that the rulebook declares."""
    categories = {product.category for product in book.products.values()}
    categories |= {category for scene in book.scenes.values() for category in scene.categories}
    addresses = {channel.address for channel in book.channels.values() if channel.address}
    channels = {*book.channels, *addresses}
    words = {
        **dict.fromkeys(("customer.categories", "customer.top_category", "cart.categories"), categories),
        **dict.fromkeys(
            ("customer.channel_addresses", "customer.consents", "customer.channels", "customer.channel"), channels
        ),
        **dict.fromkeys(("customer.source_channel", "event.channel"), channels),
        "event.category": categories,
        "cart.scene": set(book.scenes),
        "customer.language": set(book.shop.languages),
    }
    return {fact: tuple(sorted(found)) for fact, found in words.items()}
