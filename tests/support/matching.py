"""Rulebooks made of model values, without files: a vocabulary with every type of fact, and rules over it."""

from collections.abc import Iterable, Mapping

from engine.domain.facts import Fact, FactType, Missing
from engine.domain.money import Currency
from engine.rulebook.condition import Condition
from engine.rulebook.model import Recommend, Rule, Rulebook, RuleTrigger
from engine.rulebook.shop import Churn, Shop, TierLevel, Tiers

VOCABULARY: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("orders", FactType.COUNT, Missing.ZERO, "Orders"),
        Fact("rating", FactType.COUNT, Missing.UNKNOWN, "Latest rating"),
        Fact("spend", FactType.MONEY, Missing.ZERO, "Spend"),
        Fact("margin", FactType.MONEY, Missing.UNKNOWN, "Margin"),
        Fact("silent_days", FactType.DAYS, Missing.NEVER, "Days since the last order", unit="days"),
        Fact("momentum", FactType.NUMBER, Missing.UNKNOWN, "Momentum"),
        Fact("share", FactType.NUMBER, Missing.UNKNOWN, "Share", unit="%"),
        Fact("today", FactType.DATE, Missing.UNKNOWN, "Today"),
        Fact("member", FactType.BOOLEAN, Missing.NO, "A member"),
        Fact("subscribed", FactType.BOOLEAN, Missing.UNKNOWN, "Subscribed"),
        Fact("tier", FactType.TEXT, Missing.NONE, "Tier", values=("gold", "silver", "none")),
        Fact("name", FactType.TEXT, Missing.UNKNOWN, "Name"),
        Fact("categories", FactType.SET, Missing.NONE, "Categories"),
        Fact("interests", FactType.SET, Missing.UNKNOWN, "Interests"),
    )
}

REQUESTED = RuleTrigger("requested")


def rule(
    identity: str, when: Condition, triggers: Iterable[RuleTrigger] = (REQUESTED,), status: str = "live", **more: object
) -> Rule:
    """A rule of which nothing matters but when it holds."""
    return Rule(
        id=identity,
        title=identity,
        serves=(),
        status=status,
        owner="test",
        trigger=tuple(triggers),
        when=when,
        then=Recommend("action"),
        **more,  # type: ignore[arg-type]
    )


def rulebook(
    rules: Iterable[Rule],
    segments: Mapping[str, Condition] | None = None,
    vocabulary: Mapping[str, Fact] = VOCABULARY,
) -> Rulebook:
    """A rulebook of these rules, actions that they name are not in it."""
    return Rulebook(
        revision="sha256:test",
        shop=Shop(Currency("EUR"), "Europe/Berlin", ("en",)),
        vocabulary=vocabulary,
        counters={},
        segments=segments or {},
        tables=(),
        tiers=Tiers((TierLevel("all"),)),
        churn=Churn(0.5, 6.0, 1.0),
        rules={one.id: one for one in rules},
        actions={},
        channels={},
        placements={},
        products={},
        scenes={},
    )
