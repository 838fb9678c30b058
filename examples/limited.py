"""Situations 16 and 17: customers with a matching rule who may not be contacted now. Each is planted once."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from examples.behaviours import BuyingPattern, arrive, buy_regularly
from examples.diary import Diary, World
from examples.example_customers import ExampleCustomer, happens, is_here
from examples.people import Person

FAR = (
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
)
"""Time zones around the world: at any time, it is the middle of the night in one of them."""
MIDDLE_OF_THE_NIGHT = 2.5


def heard_enough(world: World, person: Person) -> ExampleCustomer:
    diary = Diary(world, person)
    arrive(diary, 310, "email")
    buy_regularly(diary, BuyingPattern(308, 12, 70, 48, world.rng.sample(world.catalogue.categories, 2)))
    for ago, about in ((5.5, "how-is-it-in-use"), (3, "worth-reading"), (0.6, "kept-cart")):
        diary.contacted(world.ago(ago), about, "sent")
    ask = happens(diary, "rated", "web", "outbound", score=5, about="product")
    sentence = "Got three e-mails from us this week and now gives five stars: a good moment for a referral invitation."
    return ExampleCustomer(16, diary.who, person.first_name, sentence, ask)


def asleep(world: World, person: Person) -> ExampleCustomer:
    zone = min(FAR, key=lambda zone: _hours_from_midnight(world.until, zone))
    diary = Diary(world, replace(person, zone=zone))
    arrive(diary, 290, "email", "app")
    buy_regularly(diary, BuyingPattern(288, 118, 30, 24, ("kitchen", "garden")))
    clock = world.until.astimezone(ZoneInfo(zone))
    city = zone.rpartition("/")[2].replace("_", " ")
    sentence = f"No order for four months, and it is {clock:%H:%M} at night in {city}, where this customer lives."
    return ExampleCustomer(17, diary.who, person.first_name, sentence, is_here(diary))


def _hours_from_midnight(moment: datetime, zone: str) -> float:
    """Hours between the local time and the middle of the night."""
    clock = moment.astimezone(ZoneInfo(zone))
    away = abs(clock.hour + clock.minute / 60 - MIDDLE_OF_THE_NIGHT)
    return min(away, 24 - away)
