"""Values of facts and conditions, as people write them in rule files."""

from typing import Any

from engine.money import Currency
from engine.rulebook.condition import Op
from engine.rulebook.model import NEVER, Fact, FactType


def written(value: Any, fact: Fact | None, currency: Currency) -> str:  # noqa: PLR0911 - one line a kind
    """`60 days`, `12.50 EUR`, `yes`, `[kitchen, bath]`, `never`, `unknown`."""
    if value is None:
        return "unknown"
    if value == NEVER:
        return "never"
    if isinstance(value, frozenset | tuple):
        members = sorted(value, key=str) if isinstance(value, frozenset) else value
        return "[" + ", ".join(written(member, fact, currency) for member in members) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    type_ = fact.type if fact else FactType.TEXT
    if type_ is FactType.MONEY:
        return f"{currency.format(int(value))} {currency.code}"
    if type_ is FactType.DAYS:
        return f"{value} day" if value == 1 else f"{value} days"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def written_test(op: Op, value: Any, fact: Fact | None, currency: Currency) -> str:
    """What a condition asks for: `gold`, `one of [gold, silver]`, `at_least 60 days`."""
    shown = written(value, fact, currency)
    if op is Op.IS:
        return shown
    return f"one of {shown}" if op is Op.ONE_OF else f"{op} {shown}"
