"""Value tiers: a score per customer, a shop-wide histogram, cut-offs in numbered snapshots (docs/value.md).

Score `C180 * (2*m + S) / (2 + n)`: C180 the decayed purchase count, S the net value, n the purchase days, m the shop's
mean value of a purchase day. All scores decay alike, so their order only changes with a purchase: the key
`ln(score) + t * ln2 / 180 days` is constant in between, and only buyers move in the histogram.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, floor, inf, log

from engine.domain.events import is_anonymous
from engine.domain.profile.state import VALUE_HALF_LIFE, Placing, Profile, Purchases
from engine.domain.times import DAY
from engine.rulebook.shop import Learning, Tiers
from engine.value import counters
from engine.value.purchase_timing import decayed

BIN = 0.01
LANDMARK = 14_610 * DAY
"""2010-01-01: the origin of keys, so that they stay small."""
NO_KEY = -100_000
"""The bin of buyers without net value (all returned)."""


Bins = list[tuple[int, int, int]]
"""Of a histogram: (bin, customers, value), best first."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """The keys (see module) at which a level is entered, and below which it is left."""

    level: str
    enter: float
    leave: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Numbered shop-wide figures that decisions use. Number 0: none yet.

    `mean_value` (minor units) is the mean value of a purchase day; `margin_share` margin per unit of spend where known.
    `acceptance`: "<action>/<tier>", and "<action>" for all tiers -> contacts and acceptances, those of
    `learning.half_life` days before `at` counting half; empty without `learning`. `counted`: "<action>/<tier>" -> both
    counters at `at`, from which the next snapshot continues. `friends_told`, `friends_bought`: see
    `engine.decisioning.referral`.
    """

    number: int = 0
    at: int = 0
    customers: int = 0
    mean_value: float | None = None
    margin_share: float = 1.0
    cut_offs: tuple[CutOff, ...] = ()
    newcomer: float | None = None
    acceptance: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    friends_told: int = 0
    friends_bought: int = 0


def value_of(bought: Purchases, tiers: Tiers, snapshot: Snapshot) -> int:
    """S: margin if every order's cost is known, else spend (times the shop's margin share if it has one)."""
    if tiers.value_from == "margin":
        if bought.margin_orders == bought.order_count:
            return max(0, min(bought.margin, bought.spend))  # returns may lack their cost
        return max(0, round(bought.spend * snapshot.margin_share))
    return max(0, bought.spend)


def score(bought: Purchases, now: int, tiers: Tiers, snapshot: Snapshot) -> float:
    """The customer value score in minor units at `now`; 0 without purchases."""
    n = bought.days_bought
    if n <= 0:
        return 0.0
    value = value_of(bought, tiers, snapshot)
    mean = value / n if snapshot.mean_value is None else snapshot.mean_value
    return decayed(bought, VALUE_HALF_LIFE, now) * (2 * mean + value) / (2 + n)


def key_of_score(amount: float, now: int) -> float:
    """The constant key of a score of `amount` minor units at `now`."""
    return log(amount) + (now - LANDMARK) / DAY * log(2) / VALUE_HALF_LIFE


def score_of_key(key: float, now: int) -> float:
    return exp(key - (now - LANDMARK) / DAY * log(2) / VALUE_HALF_LIFE)


def is_ranked(profile: Profile, tiers: Tiers) -> bool:
    """Whether tiers count this customer: known, with enough orders, and a channel address if required."""
    if is_anonymous(profile.customer) or profile.purchases.order_count < max(1, tiers.min_orders):
        return False
    return not tiers.reachable or any(reachable for _, reachable in profile.channel_addresses.values())


def place(profile: Profile, tiers: Tiers, snapshot: Snapshot) -> Placing | None:
    """The place of this profile in the histograms; None if it does not count."""
    if not is_ranked(profile, tiers):
        return None
    bought = profile.purchases
    value = value_of(bought, tiers, snapshot)
    amount = score(bought, bought.updated, tiers, snapshot)
    score_bin = floor(key_of_score(amount, bought.updated) / BIN) if amount > 0 else NO_KEY
    value_bin = floor(log(value) / BIN) if value > 0 else NO_KEY
    costed = bought.margin_orders == bought.order_count
    spend, margin = (bought.spend, bought.margin) if costed else (0, 0)
    newcomer = bought.order_count < tiers.newcomer_below_orders
    return Placing(score_bin, value_bin, value, bought.days_bought, spend, margin, newcomer)


def moves(old: Placing | None, new: Placing | None) -> tuple[tuple[str, int], ...]:
    """The changes of the histograms between two placings: (field, change), without zeros."""
    if old == new:
        return ()
    changes = {name: -amount for name, amount in _entries(old)} if old else {}
    for name, amount in _entries(new) if new else ():
        changes[name] = changes.get(name, 0) + amount
    return tuple([(name, change) for name, change in changes.items() if change])


def _entries(placing: Placing) -> Iterable[tuple[str, int]]:
    yield f"s:{placing.score_bin}:n", 1
    yield f"s:{placing.score_bin}:v", placing.value
    yield f"v:{placing.value_bin}:n", 1
    yield f"v:{placing.value_bin}:v", placing.value
    if placing.newcomer:
        yield f"f:{placing.score_bin}:n", 1
        yield f"f:{placing.score_bin}:v", placing.value
    yield "customers", 1
    yield "value", placing.value
    yield "days", placing.days_bought
    yield "spend", placing.spend
    yield "margin", placing.margin


def tier_of(profile: Profile, tiers: Tiers, snapshot: Snapshot) -> str:
    """The tier now, with hysteresis over the stored tier; "none" for unranked customers."""
    placing = profile.placing
    if placing is None or not snapshot.cut_offs:
        return "none"
    key = placing.score_bin * BIN
    if placing.newcomer and (snapshot.newcomer is None or key < snapshot.newcomer):
        return "newcomer"
    names = [level.id for level in tiers.levels]
    held = names.index(profile.tier) if profile.tier in names else len(names)
    for rank, cut in enumerate(snapshot.cut_offs):
        if key >= cut.enter or (held <= rank and key >= cut.leave):
            return cut.level
    return names[-1]


def fits(snapshot: Snapshot, tiers: Tiers) -> bool:
    """Whether its cut-offs are for these levels; no cut-offs (no customers) fit all."""
    levels = [level.id for level in tiers.levels if level.enter_top is not None]
    return not snapshot.customers or [cut.level for cut in snapshot.cut_offs] == levels


def make_snapshot(
    histogram: Mapping[str, int],
    tiers: Tiers,
    at: int,
    previous: Snapshot | None = None,
    learning: Learning | None = None,
) -> Snapshot:
    """Computes cut-offs and means from the histograms; the store assigns `number`.

    With `learning`, the acceptance of `previous` (any earlier snapshot, or None) is continued.
    """
    counted = _counted(histogram) if learning else {}
    bins = score_bins(histogram)
    customers, days = histogram.get("customers", 0), histogram.get("days", 0)
    spend, margin = histogram.get("spend", 0), histogram.get("margin", 0)
    key_at = _key_at(bins, tiers.share_of == "value")
    levels = [level for level in tiers.levels if level.enter_top is not None]
    return Snapshot(
        at=at,
        customers=customers,
        mean_value=histogram.get("value", 0) / days if days > 0 else None,
        margin_share=margin / spend if margin > 0 and spend > 0 else 1.0,
        cut_offs=tuple(
            CutOff(
                level.id,
                key_at(level.enter_top or 0.0),
                key_at(level.leave_top or level.enter_top or 0.0),
            )
            for level in levels
        )
        if customers
        else (),
        newcomer=key_at(tiers.newcomer_unless_top) if customers else None,
        acceptance=_acceptance(counted, at, previous or Snapshot(at=at), learning) if learning else {},
        counted=counted,
        friends_told=histogram.get(counters.REFERRALS_MADE, 0),
        friends_bought=max(0, histogram.get(counters.REFERRALS_CONVERTED, 0)),
    )


def _counted(histogram: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Contacts and acceptances of each action in each tier, since the shop began."""
    counts = counters.by_action(histogram)
    names = sorted({(action, tier) for what, action, tier in counts if what in (counters.CONTACTS, counters.ACCEPTED)})
    return {
        f"{action}/{tier}": (
            counts.get((counters.CONTACTS, action, tier), 0),
            counts.get((counters.ACCEPTED, action, tier), 0),
        )
        for action, tier in names
    }


def _acceptance(
    counted: Mapping[str, tuple[int, int]], at: int, previous: Snapshot, learning: Learning
) -> dict[str, tuple[float, float]]:
    """The acceptance of `previous`, aged until `at`, plus counts since; per action and tier, and per action."""
    left = 2.0 ** (-max(0, at - previous.at) / DAY / learning.half_life)
    found: dict[str, tuple[float, float]] = {}
    for name in sorted(counted.keys() | previous.counted.keys()):
        (contacts, accepted), (had, had_accepted) = counted.get(name, (0, 0)), previous.counted.get(name, (0, 0))
        old, old_accepted = previous.acceptance.get(name, (0.0, 0.0))
        both = (max(0.0, old * left + contacts - had), max(0.0, old_accepted * left + accepted - had_accepted))
        for of in (name, name.partition("/")[0]):
            known = found.get(of, (0.0, 0.0))
            found[of] = (round(known[0] + both[0], 6), round(known[1] + both[1], 6))
    return found


def score_bins(histogram: Mapping[str, int], kind: str = "s") -> Bins:
    """(bin, customers, value) by score ("s"), by value ("v"), or of newcomers by score ("f"); best first."""
    return bins_of(histogram, kind)[kind]


def bins_of(histogram: Mapping[str, int], kinds: str) -> dict[str, Bins]:
    """`score_bins` of several kinds, in one pass."""
    found: dict[str, Bins] = {kind: [] for kind in kinds}
    for name, n in histogram.items():
        if name[-1] == "n" and n > 0 and name[1] == ":" and name[0] in found:  # such as "s:-730:n"
            found[name[0]].append((int(name[2:-2]), n, histogram.get(name[:-1] + "v", 0)))
    for bins in found.values():
        bins.sort(reverse=True)
    return found


def _key_at(bins: Bins, by_value: bool) -> Callable[[float], float]:
    """For a share: the lowest key of the best customers within at most that share of all (or of all value)."""
    column = 2 if by_value else 1
    reached = list(accumulate(row[column] for row in bins))

    def key_at(share: float) -> float:
        within = bisect_right(reached, share * reached[-1] + 1e-9) if share > 0 and reached else 0
        return bins[within - 1][0] * BIN if within else inf

    return key_at
