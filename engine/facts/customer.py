"""Facts about the customer: purchases, interpurchase time, channel addresses, knowledge, service, value."""

from datetime import date

from engine.domain.facts import NEVER
from engine.domain.profile import friends
from engine.domain.profile.consents import has_consent
from engine.domain.profile.state import VALUE_HALF_LIFE, Profile
from engine.domain.times import DAY
from engine.facts.given import FactsDict, Given, days_since, number
from engine.facts.moment import local_date
from engine.value import purchase_timing, tiers

CONTRIBUTED = "community_contributed/"
GAPS = ("first_name", "birthday", "interests", "language")
BUYS_ANYWAY_FROM_PURCHASES = 5
BUYS_ANYWAY_CHANCE = 0.5
OUTLOOK_DAYS = 90
"""Buys anyway: at least 5 purchase days, and a current pause that is more likely than not for this customer."""


def purchase_facts(given: Given) -> FactsDict:
    bought = given.profile.purchases
    return {
        "customer.orders": bought.order_count,
        "customer.purchase_days": bought.days_bought,
        "customer.days_since_first_order": days_since(bought.first_time, given),
        "customer.days_since_last_order": days_since(bought.last_time, given),
    }


def spend_facts(given: Given) -> FactsDict:
    bought = given.profile.purchases
    n, spend = bought.order_count, max(0, bought.spend)
    aged = 2.0 ** (-max(0, given.now - bought.updated) / DAY / VALUE_HALF_LIFE)
    return {
        "customer.spend": spend,
        "customer.margin": max(0, min(bought.margin, spend)) if n and bought.margin_orders == n else None,
        "customer.average_order": spend // n if n > 0 else None,
        "customer.spend_decayed": max(0, round(bought.spend_decayed * aged)),
        "customer.returns": bought.returns,
        "customer.return_share": number(bought.returned / (spend + bought.returned)) if bought.returned else None,
    }


def interpurchase_facts(given: Given) -> FactsDict:
    bought = given.profile.purchases
    p = purchase_timing.pause_chance_now(bought, given.now, given.book.shop.days, given.book.churn)
    regular = bought.days_bought >= BUYS_ANYWAY_FROM_PURCHASES
    return {
        "customer.pause_chance": number(p),
        "customer.buys_anyway": regular and p is not None and p >= BUYS_ANYWAY_CHANCE,
    }


def lapse_facts(given: Given) -> FactsDict:
    book = given.book
    overdue = purchase_timing.lapse_overdue_days(given.profile.purchases, given.now, book.shop.days, book.churn)
    return {"customer.lapse_overdue_days": overdue}


def momentum_facts(given: Given) -> FactsDict:
    return {
        "customer.momentum": number(purchase_timing.momentum(given.profile.purchases, given.now, given.book.shop.days))
    }


def outlook_facts(given: Given) -> FactsDict:
    bought, book = given.profile.purchases, given.book
    chance = purchase_timing.lapse_chance(bought, given.now, book.shop.days, OUTLOOK_DAYS, book.churn)
    return {"customer.lapse_chance_90d": number(chance)}


def gap_facts(given: Given) -> FactsDict:
    gap = purchase_timing.usual_gap_days(given.profile.purchases)
    return {"customer.usual_gap_days": None if gap is None else round(gap)}


def reactivation_facts(given: Given) -> FactsDict:
    book = given.book
    back = purchase_timing.reactivated(given.profile.purchases, given.now, book.shop.days, book.churn)
    return {"customer.reactivated": back}


def identity_facts(given: Given) -> FactsDict:
    return {
        "customer.identified": given.profile.customer.startswith("c/"),
        "customer.known_days": days_since(given.profile.first_seen, given),
    }


def channel_address_facts(given: Given) -> FactsDict:
    profile = given.profile
    if not profile.channel_addresses and not profile.consents:
        return {**_UNREACHABLE, **_channels(profile)}
    addresses = frozenset(channel for channel, (_, reachable) in profile.channel_addresses.items() if reachable)
    return {
        "customer.channel_addresses": addresses,
        "customer.channel_address_count": len(addresses),
        "customer.consents": _consents(profile),
        **_channels(profile),
    }


def _consents(profile: Profile) -> frozenset[str]:
    return frozenset(channel for channel in profile.consents if has_consent(profile, channel, "marketing"))


_UNREACHABLE: FactsDict = {
    "customer.channel_addresses": frozenset(),
    "customer.channel_address_count": 0,
    "customer.consents": frozenset(),
}


def _channels(profile: Profile) -> FactsDict:
    return {
        "customer.channel": max(profile.channels, key=lambda c: (profile.channels[c], c), default="none"),
        "customer.channels": frozenset(profile.channels),
        "customer.source_channel": profile.source[1] or "none",
    }


def trait_facts(given: Given) -> FactsDict:
    if not given.profile.traits:
        return _NO_TRAITS
    traits = {name: value for name, (_, value) in given.profile.traits.items()}
    birthday = traits.get("birthday")
    return {
        "customer.language": traits.get("language", "none"),
        "customer.zone": traits.get("zone", "none"),
        "customer.interests": frozenset(traits.get("interests", ())),
        "customer.first_name": traits.get("first_name"),
        "customer.birthday_in_days": _days_until(birthday, local_date(given)) if birthday else None,
        "customer.profile_gaps": frozenset(name for name in GAPS if not traits.get(name)),
    }


_NO_TRAITS: FactsDict = {
    "customer.language": "none",
    "customer.zone": "none",
    "customer.interests": frozenset(),
    "customer.first_name": None,
    "customer.birthday_in_days": None,
    "customer.profile_gaps": frozenset(GAPS),
}


def category_facts(given: Given) -> FactsDict:
    categories = given.profile.categories
    return {
        "customer.categories": frozenset(categories),
        "customer.category_count": len(categories),
        "customer.top_category": max(categories, key=lambda c: (*categories[c], c), default="none"),
    }


def _days_until(birthday: str, today: date) -> int | None:
    """Days until the next `MM-DD` (of "1980-05-17" or "05-17"); 29 February is 1 March in other years."""
    month, day = (int(part) for part in birthday.split("-")[-2:])
    for year in (today.year, today.year + 1):
        try:
            then = date(year, month, day)
        except ValueError:
            then = date(year, 3, 1)
        if then >= today:
            return (then - today).days
    return None


def complaint_facts(given: Given) -> FactsDict:
    complaints = given.profile.complaints.values()
    if not complaints:
        return {"customer.open_complaints": 0, "customer.days_since_complaint": NEVER}
    opened = max((at for at, _ in complaints), default=0)
    return {
        "customer.open_complaints": sum(1 for at, closed in complaints if at > closed),
        "customer.days_since_complaint": days_since(opened, given),
    }


def satisfaction_facts(given: Given) -> FactsDict:
    profile = given.profile
    rated_at, rating = profile.rating
    tally = profile.event_counts.get
    return {
        "customer.last_rating": rating if rated_at else None,
        "customer.days_since_rating": days_since(rated_at, given),
        "customer.referrals": tally(friends.MADE, 0),
        "customer.referrals_converted": tally(friends.CONVERTED, 0) - tally(friends.REVERSED, 0),
        "customer.contributions": tally("community_contributed", 0) + tally("rated", 0),
        "customer.contribution_kinds": _contribution_kinds(profile) if profile.event_counts else frozenset(),
        "customer.community": "community" in profile.newest,
    }


def _contribution_kinds(profile: Profile) -> frozenset[str]:
    return frozenset(name.removeprefix(CONTRIBUTED) for name in profile.event_counts if name.startswith(CONTRIBUTED))


def delivery_facts(given: Given) -> FactsDict:
    profile = given.profile
    kept, broken = profile.event_counts.get("delivery_completed", 0), profile.event_counts.get("delivery_failed", 0)
    return {
        "customer.days_since_delivery": days_since(profile.delivery[0], given),
        "customer.deliveries": kept,
        "customer.failed_deliveries": broken,
        "customer.days_since_failed_delivery": days_since(profile.newest.get("delivery_failed"), given),
        "customer.promises_kept": number(kept / (kept + broken)) if kept + broken else None,
        "customer.days_since_wish": days_since(profile.newest.get("wish"), given),
    }


def tier_facts(given: Given) -> FactsDict:
    return {"customer.tier": tiers.tier_of(given.profile, given.book.tiers, given.snapshot)}


def score_facts(given: Given) -> FactsDict:
    amount = tiers.score(given.profile.purchases, given.now, given.book.tiers, given.snapshot)
    return {"customer.value_score": round(amount)}
