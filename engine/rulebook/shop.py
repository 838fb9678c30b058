"""The shop: currency and languages, value tiers, models of inactivity, arbitration, contact policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.domain.calendar import Days, days_of
from engine.domain.money import Currency
from engine.domain.times import DAY
from engine.rulebook.catalogue_words import NO_CATALOGUE, CatalogueWords
from engine.rulebook.condition import Condition
from engine.rulebook.findings import Place


@dataclass(frozen=True, slots=True)
class Shop:
    """shop.yaml: the one currency, the default zone (IANA) and the language chain (BCP 47, the default first).

    `catalogue`: categories as catalogue.yaml writes them. `broken_ids`: casefolded; customer ids that senders use for
    more than one customer, beside those of `engine.schemas.fields.BROKEN_IDS`.
    """

    currency: Currency
    zone: str
    languages: tuple[str, ...]
    name: str = "shop"
    broken_ids: frozenset[str] = frozenset()
    catalogue: CatalogueWords = field(default=NO_CATALOGUE, compare=False, repr=False)

    @property
    def days(self) -> Days:
        """The days of the shop's zone: those of purchases, of inactivity and of counters."""
        return days_of(self.zone)


@dataclass(frozen=True, slots=True)
class TierLevel:
    """Shares 0..1 of all ranked customers; the last level has none and takes the rest."""

    id: str
    enter_top: float | None = None
    leave_top: float | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    levels: tuple[TierLevel, ...]  # best first
    value_from: str = "margin"
    value_else: str | None = "spend"
    share_of: str = "customers"  # customers | value
    min_orders: int = 1
    reachable: bool = False
    newcomer_below_orders: int = 0
    newcomer_unless_top: float = 0.0


@dataclass(frozen=True, slots=True)
class Churn:
    """Parameters of the lapse and interpurchase-time models (docs/value.md). Times are in days unless noted.

    `leave_a`, `leave_b`: how likely customers leave after a purchase (beta), for the outlook shown to people.
    """

    interpurchase_r: float
    interpurchase_alpha_weeks: float
    lapse_theta: float
    lapse_half_life: float = 60.0
    lapse_min: float = 30.0
    lapse_max: float = 90.0
    leave_a: float = 0.891
    leave_b: float = 1.614


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Multiplies the score of candidates that fit all selectors: tiers, product roles, groups of actions."""

    by: float
    tiers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learning:
    """The learning of a propensity: the action's own counts like `prior` contacts.

    Contacts `half_life` days ago count half.
    """

    prior: float = 50.0
    half_life: float = 90.0


@dataclass(frozen=True, slots=True)
class Arbitration:
    """The active factors of the score, and the maximum of recommendations.

    `outbound_at_most`: outbound recommendations of one decision; `request_at_most`: over all placements of a request,
    None: as many as fit. `duplicates`: may one action be in several placements of a request. `displaced_above`: what is
    pending in a placement keeps it, unless another scores more than so many times as much. `learning` None: never.
    """

    outbound_at_most: int = 1
    factors: tuple[str, ...] = ("propensity", "value", "context", "multiplier", "cost")
    request_at_most: int | None = None
    duplicates: bool = False
    displaced_above: float = 1.5
    multipliers: tuple[Multiplier, ...] = ()
    learning: Learning | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """A frequency cap: at most `at_most` contacts of those that fit all of channels, actions, groups and tags.

    An empty selector takes all; several of one kind count jointly. Either `within` (ms, a rolling window) or
    `period` (day | week | month of the calendar in `zone`: "customer", "shop", or an IANA name). `when`: for which
    customers it holds, None: for all.
    """

    at_most: int
    within: int = 0
    period: str | None = None
    zone: str = "shop"
    channels: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    when: Condition | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """After `after` of these `outcomes` (ignore, reject) within `within` ms: no contacts for `lasting` ms.

    `per`: the action that was refused, or its whole group. `names`: for these actions or groups only, () for all.
    """

    after: int
    outcomes: tuple[str, ...]
    within: int
    lasting: int
    per: str  # action | group
    names: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Times without messages on these channels, in the customer's time zone: minutes of the day, `end` excluded.

    `end` at or before `start` is the next day's. `days`: weekdays (0 Monday) on which it begins. `hold`: sent when
    it is over; otherwise dropped.
    """

    channels: tuple[str, ...]
    start: int
    end: int
    days: frozenset[int] = frozenset(range(7))
    hold: bool = True
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """`consent_purpose`: action kind -> the purpose a consent must name; kinds that are absent need none.

    `cooldown`: action or group id -> milliseconds. `default_zone`: for customers without a known zone; None: quiet
    hours and calendar caps in the customer's zone then refuse.
    """

    consent_purpose: Mapping[str, str] = field(default_factory=lambda: {"marketing": "marketing"})
    cooldown_actions: Mapping[str, int] = field(default_factory=dict)
    cooldown_groups: Mapping[str, int] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    suppression: tuple[Suppression, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    default_zone: str | None = None


NOTICES: Final = ("service", "transactional", "mandatory", "internal")
"""The kinds that are no advertisement: what control groups get as well, unless the rulebook says otherwise."""


@dataclass(frozen=True, slots=True)
class Holdout:
    """The control group for all marketing: a share 0..1 of all customers, by a stable hash.

    `salt`: another one assigns other customers. Kinds of actions and tiers of customers that are exempt.
    """

    share: float
    salt: str
    spare_kinds: tuple[str, ...] = NOTICES
    spare_tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """measurement.yaml. An order within `attribution` ms after a contact is its conversion.

    `observed`: how long (ms) after an action was first chosen for a customer purchases count in its experiment.
    `salt` also assigns the control groups of single actions.
    """

    attribution: int = 14 * DAY
    observed: int = 90 * DAY
    salt: str = ""
    holdout: Holdout | None = None
