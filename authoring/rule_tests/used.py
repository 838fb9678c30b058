"""`used:` of a test or a step: use of shared limits by other customers."""

from collections.abc import Callable, Mapping
from functools import partial

from authoring.rule_tests.case import PARTS, Taken
from authoring.rule_tests.figure import Figure, read_figure
from authoring.rule_tests.reading import Reading
from engine.domain.money import Currency
from engine.rulebook.offers import Action
from engine.rulebook.read.fields import Fields, parsed
from engine.rulebook.source import Node
from engine.rulebook.values import BadValue, Raw, parse_decimal, parse_money


def read_used(reading: Reading, fields: Fields) -> Taken:
    """Action -> part -> amount; errors are reported and left out."""
    taken: dict[str, dict[str, int]] = {}
    for action, part, node in _parts(reading, fields):
        amount = parsed(reading.report, node, _reader(part, reading.book.shop.currency), None)
        most = _most(action, part)
        if amount is None:
            continue
        if not 0 <= amount <= most:
            message = f"the use by others must lie between 0 and the limit of {action.id}"
            reading.report.error("out-of-range", node.place, message)
            continue
        taken.setdefault(action.id, {})[part] = amount
    return taken


def read_expected_used(reading: Reading, fields: Fields) -> Mapping[str, Mapping[str, Figure]]:
    """The same as figures, for all customers together."""
    wanted: dict[str, dict[str, Figure]] = {}
    for action, part, node in _parts(reading, fields):
        figure = read_figure(reading, node, _reader(part, reading.book.shop.currency))
        if figure is not None:
            wanted.setdefault(action.id, {})[part] = figure
    return wanted


def _parts(reading: Reading, fields: Fields) -> list[tuple[Action, str, Node]]:
    found = []
    for name, entry in fields.entries("used"):
        if not reading.known("action", name, reading.book.actions, entry.key.place):
            continue
        action = reading.book.actions[name]
        told = Fields(reading.report, entry.node, f"the use of {name}", (), PARTS)
        limits = {"total": action.total, "stock": action.stock, "budget": action.budget}
        for part in PARTS:
            node = told.node(part)
            if node is None:
                continue
            if limits[part] is None:
                has = ", ".join(part for part in PARTS if limits[part] is not None) or "none"
                message = f"{name} has no {part}"
                reading.report.error("without-limit", told.key_place(part), message, f"its limits: {has}")
            else:
                found.append((action, part, node))
    return found


def _most(action: Action, part: str) -> int:
    if part == "stock":
        return action.stock or 0
    quota = action.total if part == "total" else action.budget
    return quota.most if quota else 0


def _reader(part: str, currency: Currency) -> Callable[[Raw], int]:
    return partial(parse_money, currency=currency) if part == "budget" else _whole


def _whole(raw: Raw) -> int:
    number = parse_decimal(raw, "the number used is a whole number")
    if number != int(number):
        raise BadValue(f"the number used is a whole number, not {raw}")
    return int(number)
