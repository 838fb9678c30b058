"""Facts: what rules may test, computed from profile, occasion, snapshot and the moment.

`GROUPS` are the functions that compute them, each a few facts that share their work, so that a decision computes only
the groups which its rules need (`engine.fact_plan`). `BUILT_IN` are the names of all of them; tables decide others,
counters are declared by marketers, history facts exist per action and group.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from engine import churn, tiers
from engine.money import Currency
from engine.occasion import Occasion
from engine.profile.state import Contact, Profile
from engine.rulebook.model import NEVER, Rulebook, Value
from engine.rulebook.shop import Churn, Shop, Tiers
from engine.tiers import Snapshot
from engine.times import DAY, SECOND, day_of

FactsDict = dict[str, Value]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR_DAYS = 365
GAPS = ("first_name", "birthday", "interests", "language")
BUYS_ANYWAY_FROM_PURCHASES = 5
BUYS_ANYWAY_RHYTHM = 0.5
"""Buys anyway: at least 5 purchase days, and a silence so far that is more likely than not for this customer."""


def days_since(time: int | None, now: int) -> Value:
    """Whole days from `time` to `now`, 0 for what is dated a little ahead of us; never when there is no time."""
    return max(0, now - time) // DAY if time else NEVER


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    return None if value is None else round(min(max(value, -1e9), 1e9), 6)


@dataclass(frozen=True, slots=True)
class Given:
    """What facts are computed from. `now` in ms."""

    profile: Profile
    occasion: Occasion
    book: Rulebook
    snapshot: Snapshot
    now: int


def _purchase_facts(given: Given) -> FactsDict:
    bought, now = given.profile.purchases, given.now
    n, spend = bought.order_count, max(0, bought.spend)
    aged = 2.0 ** (-max(0, now - bought.updated) / DAY / 180)
    return {
        "customer.orders": n,
        "customer.purchase_days": bought.days_bought,
        "customer.spend": spend,
        "customer.margin": max(0, min(bought.margin, spend)) if n and bought.margin_orders == n else None,
        "customer.average_order": spend // n if n > 0 else None,
        "customer.spend_decayed": max(0, round(bought.spend_decayed * aged)),
        "customer.first_order_days": days_since(bought.first_time, now),
        "customer.silent_days": days_since(bought.last_time, now),
        "customer.returns": bought.returns,
        "customer.return_share": number(bought.returned / (spend + bought.returned)) if bought.returned else None,
    }


def _rhythm_facts(given: Given) -> FactsDict:
    bought = given.profile.purchases
    p = churn.rhythm_now(bought, given.now, given.book.churn)
    regular = bought.days_bought >= BUYS_ANYWAY_FROM_PURCHASES
    return {
        "customer.rhythm_p": number(p),
        "customer.buys_anyway": regular and p is not None and p >= BUYS_ANYWAY_RHYTHM,
    }


def _lapse_facts(given: Given) -> FactsDict:
    overdue = churn.lapse_overdue_days(given.profile.purchases, given.now, given.book.churn)
    return {"customer.lapse_overdue_days": None if overdue is None else int(overdue // 1)}


def _momentum_facts(given: Given) -> FactsDict:
    return {"customer.momentum": number(churn.momentum(given.profile.purchases, given.now))}


def _silence_facts(given: Given) -> FactsDict:
    bought = given.profile.purchases
    gap = churn.usual_gap_days(bought)
    return {
        "customer.usual_gap_days": None if gap is None else round(gap),
        "customer.back_from_silence": churn.back_from_silence(bought, given.now, given.book.churn),
    }


def _identity_facts(given: Given) -> FactsDict:
    return {
        "customer.identified": given.profile.customer.startswith("c/"),
        "customer.known_days": days_since(given.profile.first_seen, given.now),
    }


def _link_facts(given: Given) -> FactsDict:
    profile = given.profile
    links = frozenset(channel for channel, (_, linked) in profile.links.items() if linked)
    return {
        "customer.links": links,
        "customer.link_count": len(links),
        "customer.consents": frozenset(c for c in profile.consents if has_consent(profile, c, "marketing")),
        "customer.channel": max(profile.channels, key=lambda c: (profile.channels[c], c), default="none"),
        "customer.channels": frozenset(profile.channels),
    }


def _trait_facts(given: Given) -> FactsDict:
    traits = {name: value for name, (_, value) in given.profile.traits.items()}
    birthday = traits.get("birthday")
    return {
        "customer.language": traits.get("language", "none"),
        "customer.interests": frozenset(traits.get("interests", ())),
        "customer.first_name": traits.get("first_name"),
        "customer.birthday_in_days": _days_until(birthday, given.now) if birthday else None,
        "customer.profile_gaps": frozenset(name for name in GAPS if not traits.get(name)),
    }


def _category_facts(given: Given) -> FactsDict:
    categories = given.profile.categories
    return {
        "customer.categories": frozenset(categories),
        "customer.category_count": len(categories),
        "customer.top_category": max(categories, key=lambda c: (*categories[c], c), default="none"),
    }


def has_consent(profile: Profile, channel: str, purpose: str) -> bool:
    """Fail closed: no record means no."""
    _, granted = profile.consents.get(channel, {}).get(purpose, (0, False))
    return granted


def _days_until(birthday: str, now: int) -> int | None:
    """Days until the next `MM-DD` (of "1980-05-17" or "05-17"); 29 February is met on 1 March in other years."""
    today = datetime.fromtimestamp(now / SECOND, UTC).date()
    month, day = (int(part) for part in birthday.split("-")[-2:])
    for year in (today.year, today.year + 1):
        try:
            then = date(year, month, day)
        except ValueError:
            then = date(year, 3, 1)
        if then >= today:
            return (then - today).days
    return None


def _service_facts(given: Given) -> FactsDict:
    profile, now = given.profile, given.now
    opened = [at for at, _ in profile.complaints.values() if at]
    rated_at, rating = profile.rating
    tally = profile.tallies.get
    return {
        "customer.open_complaints": sum(1 for at, closed in profile.complaints.values() if at and not closed),
        "customer.days_since_complaint": days_since(max(opened, default=None), now),
        "customer.last_rating": rating if rated_at else None,
        "customer.days_since_rating": days_since(rated_at, now),
        "customer.days_since_delivery": days_since(profile.delivery[0], now),
        "customer.deliveries": tally("delivery_completed", 0),
        "customer.failed_deliveries": tally("delivery_failed", 0),
        "customer.referrals": tally("referral_made", 0),
        "customer.referrals_converted": tally("referral_converted", 0),
        "customer.contributions": tally("community_contributed", 0) + tally("rated", 0),
        "customer.community": "community" in profile.newest,
        "customer.days_since_wish": days_since(profile.newest.get("wish"), now),
    }


def _occasion_facts(given: Given) -> FactsDict:
    occasion = given.occasion
    event = occasion.event
    said = event.properties if event else {}
    channel = event.channel if event else _asked_channel(occasion, given.book)
    kind = event.type if event else occasion.key
    return {
        "event.type": kind,
        "event.channel": channel or "none",
        "event.score": said.get("score"),
        "event.results": said.get("results"),
        "event.category": said.get("category", "none"),
        "event.about": said.get("about", "none"),
        "order.total": said.get("total") if kind == "order_completed" else None,
        "order.id": said.get("order_id") or occasion.context.get("order_id"),
    }


def _asked_channel(occasion: Occasion, book: Rulebook) -> str | None:
    known = [book.placements[p.id].channel for p in occasion.placements if p.id in book.placements]
    return known[0] if known else None


def cart_lines(occasion: Occasion) -> Iterable[Mapping[str, object]]:
    """The cart as the request's context or the event gives it."""
    if occasion.event is not None and occasion.event.type in ("cart_updated", "checkout_started"):
        lines: Iterable[Mapping[str, object]] = occasion.event.properties.get("lines", ())
        return lines
    cart: Mapping[str, Iterable[Mapping[str, object]]] = occasion.context.get("cart") or {}
    return cart.get("lines", ())


def _cart_facts(given: Given) -> FactsDict:
    occasion, book = given.occasion, given.book
    lines = list(cart_lines(occasion))
    categories = frozenset(str(line["category"]) for line in lines if line.get("category"))
    scene = begun_scene(categories, book)
    return {
        "cart.total": sum(int(str(line.get("amount") or 0)) for line in lines),
        "cart.items": len(lines),
        "cart.categories": categories,
        "cart.scene": scene or "none",
        "cart.scene_missing": len(set(book.scenes[scene].categories) - categories) if scene else 0,
        "context.distance_km": number(occasion.context.get("distance_km")),
        "context.in_stock_nearby": bool(occasion.context.get("in_stock_nearby", False)),
    }


def begun_scene(categories: frozenset[str], book: Rulebook) -> str | None:
    """The scene that these categories have begun and not finished: most begun first, then the file's order."""
    best, most = None, 0
    for scene in book.scenes.values():
        have = len(categories.intersection(scene.categories))
        if most < have < len(scene.categories):
            best, most = scene.id, have
    return best


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_time(profile: Profile, book: Rulebook, now: int) -> datetime:
    """Now where the customer lives: their zone, else the shop's."""
    _, name = profile.traits.get("zone", (0, book.shop.zone))
    return datetime.fromtimestamp(now / SECOND, zone(name))


def _time_facts(given: Given) -> FactsDict:
    local = local_time(given.profile, given.book, given.now)
    return {"time.hour": local.hour, "time.weekday": WEEKDAYS[local.weekday()]}


def _tier_facts(given: Given) -> FactsDict:
    return {"customer.tier": tiers.tier_of(given.profile, given.book.tiers, given.snapshot)}


def _score_facts(given: Given) -> FactsDict:
    amount = tiers.score(given.profile.purchases, given.now, given.book.tiers, given.snapshot)
    return {"customer.score": round(amount)}


def history_facts(profile: Profile, names: Iterable[tuple[str, tuple[str, ...]]], now: int) -> FactsDict:
    """History of actions and groups, as far as there is one. `names`: (action, itself) or (group, its actions)."""
    out: FactsDict = {}
    if profile.contacts:
        for name, actions in names:
            contacts = [profile.contacts[action] for action in actions if action in profile.contacts]
            if contacts:
                _put_history(out, name, contacts, now)
    return out


def _put_history(out: FactsDict, name: str, contacts: list[Contact], now: int) -> None:
    since = day_of(now) - YEAR_DAYS
    latest = max(contacts, key=lambda c: (c.outcome_time, c.outcome))
    out[f"history.{name}.days_since_shown"] = days_since(max(c.last for c in contacts), now)
    out[f"history.{name}.times_shown_365d"] = sum(1 for c in contacts for day in c.days if day > since)
    out[f"history.{name}.last_outcome"] = latest.outcome


Group = Callable[[Given], FactsDict]

_EMPTY = Rulebook(
    revision="",
    shop=Shop(Currency("EUR"), "UTC", ("en",)),
    vocabulary={},
    counters={},
    segments={},
    tables=(),
    tiers=Tiers(()),
    churn=Churn(1.0, 1.0, 1.0),
    rules={},
    actions={},
    channels={},
    placements={},
    products={},
    scenes={},
)
_NOBODY = Given(Profile("c/x"), Occasion("asked", "x", "c/x"), _EMPTY, Snapshot(), 0)
GROUPS: Mapping[Group, frozenset[str]] = {
    group: frozenset(group(_NOBODY))
    for group in (
        _purchase_facts,
        _rhythm_facts,
        _lapse_facts,
        _momentum_facts,
        _silence_facts,
        _identity_facts,
        _link_facts,
        _trait_facts,
        _category_facts,
        _service_facts,
        _occasion_facts,
        _cart_facts,
        _time_facts,
        _tier_facts,
        _score_facts,
    )
}
"""Each function with the names of its facts, read off the code itself."""

BUILT_IN: frozenset[str] = frozenset().union(*GROUPS.values())
"""The names that code computes."""
