"""Where a decision is not what a rule test expects, in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape

from engine.calendar import zone_info
from engine.decision import Decision, Recommendation, Withdrawal
from engine.reasons import Reason
from engine.rule_tests.case import HELD_NOT, Expect
from engine.rulebook.model import Rulebook
from engine.times import SECOND

Difference = tuple[str, str]
"""What was expected, and what was got."""

SHOWN = 80
"""Characters of a text that a failure repeats."""


def differences(
    expect: Expect, decisions: Sequence[Decision], book: Rulebook, withdrawn: Sequence[Withdrawal] = ()
) -> tuple[Difference, ...]:
    """Nothing when the decisions, taken together in their order, are as expected.

    `withdrawn`: by an event that nothing was decided about.
    """
    given = [g for decision in decisions for result in decision.results for g in result.recommendations]
    reasons = {r.action: r.reason.value for decision in reversed(decisions) for r in reversed(decision.rejected)}
    reasons |= {withheld.action: Reason.HOLDOUT.value for decision in decisions for withheld in decision.withheld}
    gone = [*withdrawn, *(one for decision in decisions for one in decision.withdrawn)]
    return (
        *_of_actions(expect, [g.action for g in given], reasons),
        *_of_first(expect, given, book),
        *_of_withdrawn(expect, [one.action for one in gone]),
    )


def _of_actions(expect: Expect, actions: list[str], reasons: Mapping[str, str]) -> Iterator[Difference]:
    first, shown = (actions[0] if actions else "none"), ", ".join(actions) or "none"
    if expect.first is not None and first != expect.first:
        yield f"first: {expect.first}", f"first: {first}{_why_not(expect.first, reasons)}"
    if expect.all is not None and tuple(actions) != expect.all:
        yield f"all: {', '.join(expect.all) or 'none'}", f"all: {shown}"
    for action in expect.none:
        if action in actions:
            yield f"none: {action}", f"recommended: {shown}"
    for action, reason in expect.rejected.items():
        got = reasons.get(action) or ("recommended" if action in actions else "NOT_ELIGIBLE")
        if got != reason:
            yield f"rejected: {action}: {reason}", f"{action}: {got}"


def _of_withdrawn(expect: Expect, actions: list[str]) -> Iterator[Difference]:
    if expect.withdrawn is not None and sorted(actions) != sorted(expect.withdrawn):
        yield f"withdrawn: {_listed(expect.withdrawn)}", f"withdrawn: {_listed(actions)}"


def _why_not(action: str, reasons: Mapping[str, str]) -> str:
    if action == "none":
        return ""
    return f" ({action}: {reasons.get(action, 'NOT_ELIGIBLE, no rule with it matched')})"


def _of_first(expect: Expect, given: list[Recommendation], book: Rulebook) -> Iterator[Difference]:
    first = given[0] if given else None
    got = _said_of(first, book.shop.zone) if first else {}
    for key, wanted in _said_of_expected(expect, book.shop.zone).items():
        if got.get(key) != wanted:
            yield f"{key}: {wanted}", f"{key}: {got.get(key, 'nothing is recommended')}"
    if expect.text is not None:
        fields = _as_read(first, book) if first else {}
        if not any(expect.text in text for text in fields.values()):
            shown = ", ".join(f"{name} {text[:SHOWN]!r}" for name, text in fields.items())
            yield f"text: {expect.text}", f"text: {shown or 'nothing is recommended'}"


def _said_of_expected(expect: Expect, zone: str) -> dict[str, str]:
    said = {
        "rule": expect.rule,
        "channel": expect.channel,
        "language": expect.language,
        "effect": expect.effect,
        "products": None if expect.products is None else _listed(expect.products),
        "deliver_after": None if expect.deliver_after is None else _clock(expect.deliver_after, zone),
    }
    return {key: wanted for key, wanted in said.items() if wanted is not None}


def _said_of(first: Recommendation, zone: str) -> dict[str, str]:
    return {
        "rule": first.rule,
        "channel": first.channel,
        "language": first.content.language,
        "effect": str(first.effect.get("type")),
        "products": _listed([product.sku for product in first.products]),
        "deliver_after": _clock(first.deliver_after or HELD_NOT, zone),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _clock(at: int, zone: str) -> str:
    """The time on the clock of the shop, whose marketers write the tests."""
    return "none" if at == HELD_NOT else datetime.fromtimestamp(at / SECOND, zone_info(zone)).isoformat()


def _as_read(first: Recommendation, book: Rulebook) -> dict[str, str]:
    """The fields as people see them, whatever is escaped for the channel."""
    is_html = book.channels[first.channel].escape == "html"
    return {name: unescape(text) if is_html else text for name, text in first.content.fields.items()}
