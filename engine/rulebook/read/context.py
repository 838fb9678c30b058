"""What is known while a rulebook is read: the report, and the names declared so far."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from engine.domain.facts import Fact
from engine.domain.money import Currency
from engine.rulebook.condition import Condition
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Table
from engine.rulebook.offers import Action, Channel, Placement, Product
from engine.rulebook.read.fields import Fields, text_of, word_of
from engine.rulebook.shop import Shop
from engine.rulebook.source import ListNode
from engine.rulebook.values import did_you_mean

LONGEST_NAME = 80
"""Characters of a name that a message repeats."""

DEFAULT_SHOP = Shop(Currency("EUR"), "UTC", ("en",))
"""Stands in while shop.yaml is missing or wrong, so that the other files can be read."""


@dataclass(slots=True)
class Context:
    """Grows file by file, in the order of `read.book`.

    `unsure`: kinds of names ("fact", "action" ...) whose declarations could not all be read; a name of such a kind
    that is not found may be fine, so it is not reported. `check_tables`: as for `loader.load_texts`. `broken_facts`:
    declared, but wrongly.
    """

    report: Report
    unsure: frozenset[str] = frozenset()
    check_tables: "TableCheck | None" = None
    shop: Shop = DEFAULT_SHOP
    facts: dict[str, Fact] = field(default_factory=dict)
    broken_facts: set[str] = field(default_factory=set)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    placements: Mapping[str, Placement] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)
    categories: Collection[str] = frozenset()
    segments: Mapping[str, Condition] = field(default_factory=dict)
    segment_places: Mapping[str, Place] = field(default_factory=dict)
    action_names: Collection[str] = ()
    groups: Collection[str] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    tags: Collection[str] = frozenset()
    tiers: Collection[str] = ()  # all that a customer can be in: levels, newcomer, none
    salted: bool = False  # whether measurement.yaml names a salt
    _hints: dict[str, str | None] = field(default_factory=dict)

    @property
    def currency(self) -> Currency:
        return self.shop.currency

    def fact(self, name: str, place: Place) -> Fact | None:
        """The declared fact of this name; otherwise it is reported and None."""
        found = self.facts.get(name)
        if found is None and name not in self.broken_facts and "fact" not in self.unsure:
            if name not in self._hints:  # slow among thousands of names, and one mistake is often made many times
                self._hints[name] = did_you_mean(name, self.facts)
            message = f"there is no fact {name[:LONGEST_NAME]} in the vocabulary"
            self.report.error("unknown-fact", place, message, self._hints[name])
        return found

    def known(self, kind: str, name: str, among: Collection[str], place: Place) -> bool:
        """Whether a name of a kind is declared; if not, reports `unknown-<kind>` with the closest one."""
        if name in among:
            return True
        if kind not in self.unsure and name:
            message = f"there is no {kind} {name[:LONGEST_NAME]}{_WHERE.get(kind, '')}"
            self.report.error(f"unknown-{kind}", place, message, did_you_mean(name, among))
        return False


_WHERE = {
    "segment": " in segments.yaml",
    "action": " in actions/",
    "group": " among the actions",
    "tag": " among the actions",
    "field": " in this channel",
    "placement": " in this channel",
    "channel": " in channels.yaml",
    "tier": " in tiers.yaml",
    "category": " in catalogue.yaml",
    "product": " in catalogue.yaml",
    "statement": " in the strategy",
    "language": " in shop.yaml",
}


TableCheck = Callable[[Context, tuple[Table, ...], Collection[str]], None]
"""Adds to the report what is wrong with tables in the order in which they are evaluated; the ids of those without
`otherwise`."""


# ---- Keys that hold names: a plural key takes a list, a singular key one name or a list ----


def names(context: Context, fields: Fields, kind: str, among: Collection[str]) -> tuple[str, ...]:
    """The list behind the plural of a kind (`channels`), each of which is declared; () when absent."""
    return _known(context, kind, fields.placed_texts(f"{kind}s", at_least=1), among)


def name_or_names(context: Context, fields: Fields, kind: str, among: Collection[str]) -> tuple[str, ...]:
    """`tier: gold` or `tier: [gold, silver]`, each of which is declared; () when absent."""
    node = fields.node(kind)
    if node is None or isinstance(node, ListNode):
        return _known(context, kind, fields.placed_texts(kind, at_least=1), among)
    return _known(context, kind, [(text_of(context.report, node, "a name or a list"), node.place)], among)


def word_or_words(context: Context, fields: Fields, key: str, among: Collection[str]) -> tuple[str, ...]:
    """`not: in_cart` or `not: [in_cart, bought_recently]`: of a closed list; () when absent."""
    node = fields.node(key)
    if node is None or isinstance(node, ListNode):
        return fields.words(key, among, at_least=1)
    return tuple(filter(None, [word_of(context.report, node, among)]))


def _known(context: Context, kind: str, found: list[tuple[str, Place]], among: Collection[str]) -> tuple[str, ...]:
    for name, place in found:
        context.known(kind, name, among, place)
    return tuple(name for name, _ in found)


# ---- Order of use: everything after what it uses ----


def in_order_of_use(uses: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    """Names, each after those that it uses, otherwise as given; and a circle of names, empty when there is none."""
    sorter = TopologicalSorter({name: [used for used in found if used in uses] for name, found in uses.items()})
    try:
        return list(sorter.static_order()), []
    except CycleError as error:
        return list(uses), list(error.args[1])
