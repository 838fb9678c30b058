"""A rulebook as values: the content of the YAML files, checked and typed, before compilation.

Here: facts, conditions, rules, tables, and the rulebook as a whole. What can be recommended, where, is in `offers`; how
the shop works is in `shop`.

Everything is frozen. Numbers inside conditions are canonical (see `Fact`), times are milliseconds, money is
minor units, windows are milliseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.domain.facts import Counter, Fact, Facts, Value
from engine.domain.times import DAY
from engine.domain.trigger import WAITED
from engine.rulebook.condition import Condition
from engine.rulebook.findings import Place
from engine.rulebook.offers import Action, Channel, Placement, Product, Scene, Selection
from engine.rulebook.shop import Arbitration, Churn, ContactPolicy, Measurement, Shop, Tiers

# ---- rules ----


@dataclass(frozen=True, slots=True)
class RuleTrigger:
    """The trigger of a rule. `name`: an event type, "requested", "inactive" or "after" (a wait)."""

    name: str
    after: str | None = None
    wait: int = 0

    @property
    def key(self) -> str:
        """The key passed to decide(): the name, or "after:<event>:<days>"."""
        return self.name if self.after is None else f"{WAITED}{self.after}:{self.wait // DAY}"


def weekly_waits(waits: Iterable[int]) -> int:
    """The waits (ms) that are open at once for a customer whose event of each happens every week."""
    return sum(-(-wait // (7 * DAY)) for wait in waits)


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """`products:` of a recommendation. Each of role, category, near, next_to, scene and exclude narrows."""

    count: int
    role: str | None = None
    category: str | None = None
    near: str | None = None  # a set fact: only products of these categories, when there are any
    next_to: str | None = None  # a set fact: only products of categories that go with these, and of none of these
    exclude: tuple[str, ...] = ()  # `not:` - bought_recently, in_cart
    scene: str | None = None  # "missing": complete the scene that the cart began


@dataclass(frozen=True, slots=True)
class Recommend:
    action: str
    products: ProductChoice | None = None


@dataclass(frozen=True, slots=True)
class Forbid:
    """Exactly one of the fields is set; `effect` is an effect type."""

    action: str | None = None
    group: str | None = None
    tag: str | None = None
    kind: str | None = None
    effect: str | None = None

    def covers(self, action: Action) -> bool:
        """Whether this action is forbidden."""
        return (
            self.action == action.id
            or self.group == action.group
            or self.tag in action.tags
            or self.kind == action.kind
            or (self.effect is not None and self.effect == action.effect.get("type"))
        )


@dataclass(frozen=True, slots=True)
class Boost:
    """Multiplies the context weight of an action, a group, or of recommendations with products of a role."""

    by: float
    action: str | None = None
    group: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str
    serves: tuple[str, ...]
    status: str  # draft | shadow | live | retired
    owner: str
    trigger: tuple[RuleTrigger, ...]
    when: Condition
    then: Recommend | Forbid | Boost
    once: str | None = None  # customer | order | delivery | complaint | inactivity spell | year
    valid_from: int | None = None
    valid_until: int | None = None  # exclusive: the midnight after the last day
    place: Place | None = None


# ---- tables ----


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Condition | None, ...]  # one per column, None for "-"
    output: Value
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table: `decides` is the fact it gives.

    `pick`: first | only_one | any | priority | lowest | highest | all (then the fact is a set). `order`: of `priority`,
    the outputs from the one that goes before all others.
    """

    id: str
    decides: str
    pick: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    otherwise: Value = None
    place: Place | None = None
    order: tuple[Value, ...] = ()

    @property
    def in_order(self) -> tuple[Row, ...]:
        """The rows in the order in which they are evaluated: the first that holds decides (`all`: each that holds).

        For `only_one` and `any` the order says nothing: rows that hold together give the same, or the table is refused.
        """
        if self.pick == "priority":
            rank = {output: at for at, output in enumerate(self.order)}
            return tuple(sorted(self.rows, key=lambda row: rank[row.output]))
        if self.pick in ("lowest", "highest"):
            numbers: Any = lambda row: row.output  # noqa: E731 - the check lets numbers through only
            return tuple(sorted(self.rows, key=numbers, reverse=self.pick == "highest"))
        return self.rows


# ---- the whole ----


class Matcher(Protocol):
    """Matches live and shadow rules against facts."""

    @property
    def name(self) -> str: ...

    def match(self, trigger: str, facts: Facts) -> frozenset[str]:
        """The ids of the rules with this trigger key whose `when` holds."""
        ...


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A checked folder of rules. `revision` is "sha256:..." over the canonical content of its files."""

    revision: str
    shop: Shop
    vocabulary: Mapping[str, Fact]  # includes counters, history facts and table outputs
    counters: Mapping[str, Counter]
    segments: Mapping[str, Condition]  # a segment comes after those that it names
    tables: tuple[Table, ...]  # in the order in which they can be evaluated
    tiers: Tiers
    churn: Churn
    rules: Mapping[str, Rule]
    actions: Mapping[str, Action]
    channels: Mapping[str, Channel]
    placements: Mapping[str, Placement]
    products: Mapping[str, Product]
    scenes: Mapping[str, Scene]
    selection: Selection = field(default_factory=Selection)
    arbitration: Arbitration = field(default_factory=Arbitration)
    contact_policy: ContactPolicy = field(default_factory=ContactPolicy)
    measurement: Measurement = field(default_factory=Measurement)
    segment_places: Mapping[str, Place] = field(default_factory=dict, compare=False)
