"""How the shop works: currency and languages, value tiers, clocks of silence, what is ranked, who may be contacted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.money import Currency


@dataclass(frozen=True, slots=True)
class Shop:
    """shop.yaml: the one currency, the default zone (IANA) and the language chain (BCP 47, the default first)."""

    currency: Currency
    zone: str
    languages: tuple[str, ...]
    name: str = "shop"


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
    linked: bool = False
    newcomer_below_orders: int = 0
    newcomer_unless_top: float = 0.0


@dataclass(frozen=True, slots=True)
class Churn:
    """Parameters of the two clocks of silence (design section 8). Times in days unless said."""

    rhythm_r: float
    rhythm_alpha_weeks: float
    lapse_theta: float
    lapse_half_life: float = 60.0
    lapse_min: float = 30.0
    lapse_max: float = 90.0


@dataclass(frozen=True, slots=True)
class Arbitration:
    """Section 6 of the design: which factors of the score are on, and how many outbound recommendations go at once."""

    outbound_at_most: int = 1
    factors: tuple[str, ...] = ("propensity", "value", "context", "cost")


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """`consent_purpose`: action kind -> the purpose a consent must name; kinds that are absent need none.

    `cooldown`: action or group id -> milliseconds.
    """

    consent_purpose: Mapping[str, str] = field(default_factory=lambda: {"marketing": "marketing"})
    cooldown_actions: Mapping[str, int] = field(default_factory=dict)
    cooldown_groups: Mapping[str, int] = field(default_factory=dict)
