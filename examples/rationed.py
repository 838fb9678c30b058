"""Situations 16 and 17: customers whom we would write to, and who must not hear from us now. Each is planted once."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from examples.behaviours import Rhythm, arrive, buy_in_rhythm
from examples.diary import Diary, World
from examples.people import Person
from examples.tellers import Teller, happens, is_here

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
"""Around the world: in one of these it is the middle of the night, whenever one looks."""
MIDDLE_OF_THE_NIGHT = 2.5


def heard_enough(world: World, person: Person) -> Teller:
    diary = Diary(world, person)
    arrive(diary, 310, "email")
    buy_in_rhythm(diary, Rhythm(308, 12, 70, 48, world.rng.sample(world.catalogue.categories, 2)))
    for ago, about in ((5.5, "how-is-it-in-use"), (3, "worth-reading"), (0.6, "kept-cart")):
        diary.contacted(world.ago(ago), about, "sent")
    ask = happens(diary, "rated", "web", "outbound", score=5, about="product")
    sentence = "Had three letters from us this week, and now gives five stars: a moment to ask for a friend."
    return Teller(16, diary.who, person.first_name, sentence, ask)


def asleep(world: World, person: Person) -> Teller:
    zone = min(FAR, key=lambda zone: _hours_from_midnight(world.until, zone))
    diary = Diary(world, replace(person, zone=zone))
    arrive(diary, 290, "email", "app")
    buy_in_rhythm(diary, Rhythm(288, 118, 30, 24, ("kitchen", "garden")))
    clock = world.until.astimezone(ZoneInfo(zone))
    city = zone.rpartition("/")[2].replace("_", " ")
    sentence = f"Has not bought for four months, and lives in {city}, where it is {clock:%H:%M} at night."
    return Teller(17, diary.who, person.first_name, sentence, is_here(diary))


def _hours_from_midnight(moment: datetime, zone: str) -> float:
    """How far the clock there is from the middle of the night."""
    clock = moment.astimezone(ZoneInfo(zone))
    away = abs(clock.hour + clock.minute / 60 - MIDDLE_OF_THE_NIGHT)
    return min(away, 24 - away)
