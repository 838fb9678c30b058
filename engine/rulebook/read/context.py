"""What is known while a rulebook is read: the report, and the names declared so far."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.money import Currency
from engine.rulebook.findings import Report
from engine.rulebook.model import Action, Channel, Condition, Fact, Place, Placement, Product, Shop
from engine.rulebook.values import did_you_mean

DEFAULT_SHOP = Shop(Currency("EUR"), "UTC", ("en",))
"""Stands in while shop.yaml is missing or wrong, so that the other files can be read."""


@dataclass(slots=True)
class Context:
    """Grows file by file, in the order of `read.book`.

    `unsure`: kinds of names ("fact", "action" ...) whose declarations could not all be read; a name of such a kind
    that is not found may be fine, so it is not reported. `broken_facts`: declared, but wrongly.
    """

    report: Report
    unsure: frozenset[str] = frozenset()
    shop: Shop = DEFAULT_SHOP
    facts: dict[str, Fact] = field(default_factory=dict)
    broken_facts: set[str] = field(default_factory=set)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    placements: Mapping[str, Placement] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)
    segments: Mapping[str, Condition] = field(default_factory=dict)
    action_names: Collection[str] = ()
    groups: Collection[str] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)

    @property
    def currency(self) -> Currency:
        return self.shop.currency

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(product.category for product in self.products.values())

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(tag for action in self.actions.values() for tag in action.tags)

    def fact(self, name: str, place: Place) -> Fact | None:
        """The declared fact of this name; otherwise it is reported and None."""
        found = self.facts.get(name)
        if found is None and name not in self.broken_facts:
            self.known("fact", name, self.facts, place)
        return found

    def known(self, kind: str, name: str, among: Collection[str], place: Place) -> bool:
        """Whether a name of a kind is declared; if not, reports `unknown-<kind>` with the closest one."""
        if name in among:
            return True
        if kind not in self.unsure and name:
            where = _WHERE.get(kind, "")
            self.report.error(f"unknown-{kind}", place, f"there is no {kind} {name}{where}", did_you_mean(name, among))
        return False


_WHERE = {
    "fact": " in the vocabulary",
    "segment": " in segments.yaml",
    "action": " in actions/",
    "group": " among the actions",
    "tag": " among the actions",
    "field": " in this channel",
    "placement": " in this channel",
    "channel": " in channels.yaml",
    "category": " in catalogue.yaml",
    "statement": " in the strategy",
    "language": " in shop.yaml",
}
