"""Values, conditions and triggers in the words of rule files."""

from collections.abc import Mapping
from typing import Final

from engine.domain.money import Currency
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, InSegment, NoneOf, Op
from engine.rulebook.model import NEVER, Fact, FactType

_LONGEST: Final = 160
_GROUPS: Final = {AllOf: "all", AnyOf: "any", NoneOf: "none"}


def value_words(value: Expected | None, fact: Fact, currency: Currency) -> str:  # noqa: PLR0911 - one line a type
    """`60 EUR`, `14 days`, `5 %`, `yes`, `[email, app]`, `never`, `unknown`."""
    if value is None:
        return "unknown"
    if isinstance(value, frozenset | tuple):
        items = sorted(value) if isinstance(value, frozenset) else value
        return f"[{', '.join(value_words(item, fact, currency) for item in items)}]"
    if value == NEVER and not isinstance(value, str):
        return "never"
    match fact.type, value:
        case FactType.BOOLEAN, _:
            return "yes" if value else "no"
        case FactType.MONEY, int():
            return f"{currency.format(value)} {currency.code}"
        case FactType.DAYS, _:
            return f"{value} day" if value == 1 else f"{value} days"
        case FactType.NUMBER, int() | float():
            return f"{_plain(value * 100)} %" if fact.unit == "%" else _plain(value)
        case _:
            return str(value)


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def condition_words(condition: Condition, vocabulary: Mapping[str, Fact], currency: Currency) -> str:
    """A condition as it is written, in one line; cut where it is long."""
    text = _words(condition, vocabulary, currency)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _words(condition: Condition, vocabulary: Mapping[str, Fact], currency: Currency) -> str:
    match condition:
        case Compare(fact, op, value):
            said = ("yes" if value else "no") if op is Op.KNOWN else value_words(value, vocabulary[fact], currency)
            return f"{fact}: {said}" if op in (Op.IS, Op.ONE_OF) else f"{fact}: {{{op.value}: {said}}}"
        case InSegment(segment):
            return f"segment: {segment}"
        case _:
            items = "; ".join(_words(item, vocabulary, currency) for item in condition.items)
            return f"{_GROUPS[type(condition)]}: [{items}]"


def trigger_words(key: str) -> str:
    """When a trigger (its key) sets a decision off: `asked`, `overdue`, `14 days after delivery_completed`."""
    after, _, rest = key.partition(":")
    if after != "after":
        return key
    event, _, days = rest.partition(":")
    return f"{days} {'day' if days == '1' else 'days'} after {event}"
