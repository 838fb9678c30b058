"""Facts about the moment: the event or request behind the decision, the cart, the time of day."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from engine.domain.calendar import is_zone, zone_info
from engine.domain.events import PLACES_ORDERS
from engine.domain.profile import friends
from engine.domain.profile.state import Profile
from engine.domain.times import SECOND
from engine.domain.trigger import WAITED, Trigger
from engine.facts.given import FactsDict, Given, number
from engine.rulebook.model import Rulebook

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def trigger_facts(given: Given) -> FactsDict:
    trigger = given.trigger
    event = trigger.event
    waited = trigger.context if trigger.key.startswith(WAITED) else {}
    properties = event.properties if event else waited
    channel = event.channel if event else waited.get("channel") or _asked_channel(trigger, given.book)
    kind = event.type if event else trigger.key
    total = properties.get("total") if waited or kind in PLACES_ORDERS else None
    mean = (given.snapshot.mean_value or 0.0) / given.snapshot.margin_share
    return {
        "event.type": kind,
        "event.channel": channel or "none",
        "event.score": properties.get("score"),
        "event.results": properties.get("results"),
        "event.category": properties.get("category", "none"),
        "event.about": properties.get("about") or properties.get("topic") or "none",
        "event.friend": friends.standing(given.profile, event),
        "order.total": total,
        "order.against_mean": number(total / mean) if total is not None and mean else None,
        "order.id": properties.get("order_id") or trigger.context.get("order_id"),
    }


_READ: Final[Mapping[str, tuple[str, ...]]] = {
    "event.channel": ("channel",),
    "event.score": ("score",),
    "event.results": ("results",),
    "event.category": ("category",),
    "event.about": ("about", "topic"),
    "order.total": ("total",),
    "order.against_mean": ("total",),
    "order.id": ("order_id",),
}


def properties_of(facts: Collection[str]) -> tuple[str, ...]:
    """The properties of an event that these facts read, for a wait after it; `channel` is the event's own."""
    return tuple(sorted({name for fact in facts for name in _READ.get(fact, ())}))


def _asked_channel(trigger: Trigger, book: Rulebook) -> str | None:
    known = [book.placements[p.id].channel for p in trigger.placements if p.id in book.placements]
    return known[0] if known else None


def cart_lines(trigger: Trigger) -> Iterable[Mapping[str, object]]:
    """The cart from the request's context or the event."""
    if trigger.event is not None and trigger.event.type in ("cart_updated", "checkout_started"):
        lines: Iterable[Mapping[str, object]] = trigger.event.properties.get("lines", ())
        return lines
    cart: Mapping[str, Iterable[Mapping[str, object]]] = trigger.context.get("cart") or {}
    return cart.get("lines", ())


def cart_facts(given: Given) -> FactsDict:
    trigger, book = given.trigger, given.book
    lines = list(cart_lines(trigger))
    categories = frozenset(str(line["category"]) for line in lines if line.get("category"))
    scene = begun_scene(categories, book)
    return {
        "cart.total": sum(int(str(line.get("amount") or 0)) for line in lines),
        "cart.items": len(lines),
        "cart.categories": categories,
        "cart.scene": scene or "none",
        "cart.scene_missing": len(set(book.scenes[scene].categories) - categories) if scene else 0,
        "context.distance_km": number(trigger.context.get("distance_km")),
        "context.in_stock_nearby": bool(trigger.context.get("in_stock_nearby", False)),
        "context.delivery_days": trigger.context.get("delivery_days"),
        "context.from_maker": bool(trigger.context.get("from_maker", False)),
    }


def begun_scene(categories: frozenset[str], book: Rulebook) -> str | None:
    """The scene that these categories cover in part: most covered first, then the file's order."""
    best, most = None, 0
    for scene in book.scenes.values():
        have = len(categories.intersection(scene.categories))
        if most < have < len(scene.categories):
            best, most = scene.id, have
    return best


def local_time(profile: Profile, book: Rulebook, now: int) -> datetime:
    """The customer's local time."""
    return datetime.fromtimestamp(now / SECOND, zone_info(zone_of(profile, book)))


def local_date(given: Given) -> date:
    """The customer's date."""
    return local_time(given.profile, given.book, given.now).date()


def zone_of(profile: Profile, book: Rulebook) -> str:
    """The customer's zone as known now, else the shop's."""
    name: str = profile.traits.get("zone", (0, book.shop.zone))[1]
    return name if is_zone(name) else book.shop.zone


def time_facts(given: Given) -> FactsDict:
    local = local_time(given.profile, given.book, given.now)
    return {
        "time.hour": local.hour,
        "time.weekday": WEEKDAYS[local.weekday()],
        "time.date": local.date().isoformat(),
    }
