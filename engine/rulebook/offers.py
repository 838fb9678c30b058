"""The offers and their places: actions, channels with their placements, products and scenes.

Money is minor units, times are milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.rulebook.findings import Place


@dataclass(frozen=True, slots=True)
class Treatment:
    """An action's form on one channel. `texts`: language -> field -> template; `placements` () = all of the channel."""

    channel: str
    texts: Mapping[str, Mapping[str, str]]
    link: str | None = None
    placements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in `within` milliseconds."""

    count: int
    within: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Over all customers: at most `most` (units, or minor units of money) in each calendar `period` of the shop's zone.

    `period`: day | week | month | year, None: ever.
    """

    most: int
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An action. Money in minor units; `propensity`, `holdout` 0..1; `expires`, `cooldown` in ms.

    `total` bounds the contacts, `budget` their cost, `stock` the available units. A mandatory action
    is sent at most once per `cooldown`. `holdout`: the share of customers in its control group.
    `per_friend`: the value is that of a friend who buys, see `engine.decisioning.referral`.
    """

    id: str
    title: str
    kind: str  # marketing | service | transactional | mandatory | internal
    group: str
    tags: tuple[str, ...]
    effect: Mapping[str, Any]  # {"type": ..., ...}
    value: int
    cost_per_contact: int
    cost_per_acceptance: int
    propensity: float
    priority: int
    expires: int
    treatments: tuple[Treatment, ...]
    cooldown: int = 0
    per_customer: Limit | None = None
    total: Quota | None = None
    budget: Quota | None = None
    stock: int | None = None
    holdout: float = 0.0
    per_friend: bool = False
    place: Place | None = None

    @property
    def limited(self) -> bool:
        """Whether it has a quota over all customers, so that a recommendation needs a reservation."""
        return self.total is not None or self.budget is not None or self.stock is not None


@dataclass(frozen=True, slots=True)
class ChannelField:
    name: str
    max_length: int
    required: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """A slot in a channel: how many recommendations fit at most, and what is shown when there is none."""

    id: str
    channel: str
    at_most: int
    fallback: Mapping[str, Mapping[str, str]]  # language -> field -> text


@dataclass(frozen=True, slots=True)
class Channel:
    """`contact`: when a contact counts (decided | sent | shown). `consent`: whether marketing here needs a consent.

    `address`: the channel address that a customer must have to be reached (its own id mostly), None: none is needed.
    `outbound`: may carry recommendations without a placement (deliveries).
    """

    id: str
    contact: str
    consent: bool
    address: str | None
    outbound: bool
    escape: str  # text | html
    fields: tuple[ChannelField, ...]
    placements: tuple[Placement, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    title: Mapping[str, str]  # language -> title
    category: str
    price: int
    roles: tuple[str, ...] = ()
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class RoleThreshold:
    """From where a measured role counts: all three must be reached. `score` and `confidence` are ratios (1: like any
    other product; the score is at least `confidence` with 99 % certainty), `evidence` a number of purchases."""

    score: float = 1.2
    evidence: int = 10
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Selection:
    """What the choice of products goes by. `neighbours`: category -> those that go with it, the closest first.

    `price_level`: from and to how many times the customer's usual price a product may cost; None: any price.
    `thresholds`: role -> from where it counts, where that is not as usual.
    """

    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_level: tuple[float, float] | None = None
    thresholds: Mapping[str, RoleThreshold] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """Categories that are used together."""

    id: str
    categories: tuple[str, ...]


# ---- kinds of actions, and their limits ----


MARKETING: Final = "marketing"
OBEYS: Final = frozenset((MARKETING, "service"))
"""Kinds of actions subject to caps, suppression and cooldowns of groups."""
UNCOUNTED: Final = frozenset(("transactional", "internal"))
"""Kinds of actions whose contacts limit nothing else."""
