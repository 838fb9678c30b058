"""Facts: what rules may test, computed from profile, occasion, snapshot and the moment. Exactly the declared ones.

`BUILT_IN` are the facts that code computes; tables decide others, counters are declared by marketers, history facts
exist per action and group. What is not computed keeps the value that its declaration gives it when missing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from engine import churn, tiers
from engine.money import Currency
from engine.occasion import Occasion
from engine.profile.state import Contact, Profile, Purchases
from engine.rulebook.model import NEVER, Churn, Rulebook, Shop, Tiers, Value
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
    """Whole days from `time` to `now`; never when there is no time."""
    return (now - time) // DAY if time else NEVER


def number(value: float | None) -> Value:
    """A decimal fact: 6 places, within +-10^9."""
    return None if value is None else round(min(max(value, -1e9), 1e9), 6)


def _purchase_facts(bought: Purchases, now: int) -> FactsDict:
    n, spend = bought.order_count, max(0, bought.spend)
    aged = 2.0 ** (-max(0, now - bought.updated) / DAY / 180)
    return {
        "customer.orders": n,
        "customer.purchase_days": bought.days_bought,
        "customer.spend": spend,
        "customer.margin": max(0, bought.margin) if n and bought.margin_orders == n else None,
        "customer.average_order": spend // n if n > 0 else None,
        "customer.spend_decayed": max(0, round(bought.spend_decayed * aged)),
        "customer.first_order_days": days_since(bought.first_time, now),
        "customer.silent_days": days_since(bought.last_time, now),
        "customer.returns": bought.returns,
        "customer.return_share": number(bought.returned / (spend + bought.returned)) if bought.returned else None,
    }


def _rhythm_facts(bought: Purchases, now: int, book: Rulebook) -> FactsDict:
    params = book.churn
    p = churn.rhythm_now(bought, now, params)
    overdue = churn.lapse_overdue_days(bought, now, params)
    gap = churn.usual_gap_days(bought)
    return {
        "customer.rhythm_p": number(p),
        "customer.lapse_overdue_days": None if overdue is None else int(overdue // 1),
        "customer.momentum": number(churn.momentum(bought, now)),
        "customer.usual_gap_days": None if gap is None else round(gap),
        "customer.back_from_silence": churn.back_from_silence(bought, now, params),
        "customer.buys_anyway": bought.days_bought >= BUYS_ANYWAY_FROM_PURCHASES
        and p is not None
        and p >= BUYS_ANYWAY_RHYTHM,
    }


def _identity_facts(profile: Profile, now: int) -> FactsDict:
    links = frozenset(channel for channel, (_, linked) in profile.links.items() if linked)
    traits = {name: value for name, (_, value) in profile.traits.items()}
    birthday = traits.get("birthday")
    return {
        "customer.identified": profile.customer.startswith("c/"),
        "customer.known_days": days_since(profile.first_seen, now),
        "customer.links": links,
        "customer.link_count": len(links),
        "customer.consents": frozenset(c for c in profile.consents if has_consent(profile, c, "marketing")),
        "customer.language": traits.get("language", "none"),
        "customer.interests": frozenset(traits.get("interests", ())),
        "customer.first_name": traits.get("first_name"),
        "customer.birthday_in_days": _days_until(birthday, now) if birthday else None,
        "customer.profile_gaps": frozenset(name for name in GAPS if not traits.get(name)),
        "customer.channel": max(profile.channels, key=lambda c: (profile.channels[c], c), default="none"),
        "customer.channels": frozenset(profile.channels),
        "customer.categories": frozenset(profile.categories),
        "customer.category_count": len(profile.categories),
        "customer.top_category": max(profile.categories, key=lambda c: (*profile.categories[c], c), default="none"),
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


def _service_facts(profile: Profile, now: int) -> FactsDict:
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


def _occasion_facts(occasion: Occasion, book: Rulebook) -> FactsDict:
    event = occasion.event
    said = event.properties if event else {}
    channel = event.channel if event else _asked_channel(occasion, book)
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


def _cart_facts(occasion: Occasion, book: Rulebook) -> FactsDict:
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


def _time_facts(profile: Profile, book: Rulebook, now: int) -> FactsDict:
    local = local_time(profile, book, now)
    return {"time.hour": local.hour, "time.weekday": WEEKDAYS[local.weekday()]}


def _value_facts(profile: Profile, book: Rulebook, snapshot: Snapshot, now: int) -> FactsDict:
    return {
        "customer.tier": tiers.tier_of(profile, book.tiers, snapshot),
        "customer.score": round(tiers.score(profile.purchases, now, book.tiers, snapshot)),
    }


def history_facts(profile: Profile, groups: Mapping[str, Iterable[str]], now: int) -> FactsDict:
    """History per action and group, as far as there is one. `groups`: group -> its actions."""
    out: FactsDict = {}
    for action, contact in profile.contacts.items():
        _put_history(out, action, [contact], now)
    for group, actions in groups.items():
        contacts = [profile.contacts[action] for action in actions if action in profile.contacts]
        if contacts:
            _put_history(out, group, contacts, now)
    return out


def _put_history(out: FactsDict, name: str, contacts: list[Contact], now: int) -> None:
    since = day_of(now) - YEAR_DAYS
    latest = max(contacts, key=lambda c: (c.outcome_time, c.outcome))
    out[f"history.{name}.days_since_shown"] = days_since(max(c.last for c in contacts), now)
    out[f"history.{name}.times_shown_365d"] = sum(1 for c in contacts for day in c.days if day > since)
    out[f"history.{name}.last_outcome"] = latest.outcome


def base_facts(profile: Profile, occasion: Occasion, book: Rulebook, snapshot: Snapshot, now: int) -> FactsDict:
    """Every fact that code computes."""
    return {
        **_purchase_facts(profile.purchases, now),
        **_rhythm_facts(profile.purchases, now, book),
        **_identity_facts(profile, now),
        **_service_facts(profile, now),
        **_occasion_facts(occasion, book),
        **_cart_facts(occasion, book),
        **_time_facts(profile, book, now),
        **_value_facts(profile, book, snapshot, now),
    }


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
BUILT_IN: frozenset[str] = frozenset(base_facts(Profile("c/x"), Occasion("asked", "x", "c/x"), _EMPTY, Snapshot(), 0))
"""The names that code computes, read off the code itself."""
