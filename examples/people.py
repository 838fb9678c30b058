"""Invented people: first and family names from many places, combined by the seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

# language, zone, first names, family names; Chinese names with their pinyin for the customer id
_HERE = "Europe/Berlin"
_PLACES = (
    ("en", "Europe/London", "Amelia Rowan Isla Callum Imogen Freya", "Ashdown Pennick Thorley Wexcombe Harrow Lisle"),
    ("en", _HERE, "Amara Chidi Ngozi Kwame Zola Thabo", "Okonjo Adeyinka Mensahr Dlaminy Abara Nkweto"),
    ("en", _HERE, "Priya Arjun Kavya Rohan Meera Dev", "Ramanath Iyerson Bhagatt Kulkarne Sethna Menonda"),
    ("en", _HERE, "Leyla Omar Yasmin Karim Samira Idris", "Haddadi Benaissa Rahmany Sarraff Khoury Tazi"),
    (
        "en",
        "Europe/Dublin",
        "Saoirse Cormac Niamh Eoin Aoife Fintan",
        "Garravan Mulhoney Tierneach Kinsel Drogan Foyle",
    ),
    ("en", _HERE, "Mateo Lucia Diego Ximena Thiago Valeria", "Arrozal Quintero Bocanegra Salvatier Pardal Montiel"),
    ("en", _HERE, "Hana Kenji Yuki Sora Minjun Seoyeon", "Takemori Ishibara Nakazono Baekman Hwangbo Aoyagi"),
    ("en", _HERE, "Ingrid Lars Astrid Soren Maren Eskil", "Halvorsby Lindgard Osterby Fjellheim Nystrand Kvamme"),
    ("de", _HERE, "Greta Jonas Frieda Emil Lotte Anton", "Birkenfeld Morgenroth Steinacker Vogelsang Kirchhain Uhland"),
    ("en", _HERE, "Anouk Bastien Elodie Tibor Zsofia Milan", "Delacourt Fontanel Kerekesh Vargany Montclair Rivaud"),
)
_CHINESE_FIRST = (
    ("雨桐", "yutong"),
    ("子轩", "zixuan"),
    ("欣怡", "xinyi"),
    ("浩然", "haoran"),
    ("梓涵", "zihan"),
    ("思远", "siyuan"),
    ("若溪", "ruoxi"),
    ("明哲", "mingzhe"),
    ("佳宁", "jianing"),
    ("晓峰", "xiaofeng"),
    ("静雯", "jingwen"),
    ("嘉树", "jiashu"),
)
_CHINESE_FAMILY = ("shen", "ouyang", "bai", "luo", "tang", "situ")
_INTERESTS = ("cooking", "sleeping well", "balcony", "slow light", "weaving", "guests")


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. `birthday` is MM-DD, without a year."""

    id: str
    first_name: str
    language: str
    zone: str
    birthday: str
    interests: tuple[str, ...]


def draw_people(rng: Random, count: int, birthdays: Sequence[str]) -> list[Person]:
    """`count` people with unique ids, in random order; about one in five speaks Chinese.

    `birthdays` are the days (MM-DD) to choose from.
    """
    pool = [(first, first.lower(), family.lower(), language, zone) for language, zone, firsts, families in _PLACES
            for first, family in zip(firsts.split(), _shuffled(rng, families.split()), strict=True)]  # fmt: skip
    rng.shuffle(pool)
    families = [rng.choice(_CHINESE_FAMILY) for _ in _CHINESE_FIRST]
    chinese = [
        (hanzi, pinyin, family, "zh-Hans", rng.choice((_HERE, _HERE, "Asia/Shanghai")))
        for (hanzi, pinyin), family in zip(_CHINESE_FIRST, families, strict=True)
    ]
    drawn = chinese + pool[: count - len(chinese)]
    rng.shuffle(drawn)
    return [_person(rng, rng.choice(birthdays), *each) for each in drawn[:count]]


def draw_more(rng: Random, taken: Sequence[Person], count: int, birthdays: Sequence[str]) -> list[Person]:
    """People with first names that do not occur in `taken`."""
    names = {person.first_name for person in taken}
    everybody = len(_PLACES) * 6 + len(_CHINESE_FIRST)
    return [person for person in draw_people(rng, everybody, birthdays) if person.first_name not in names][:count]


def _shuffled(rng: Random, names: list[str]) -> list[str]:
    rng.shuffle(names)
    return names


def _person(rng: Random, birthday: str, first: str, slug: str, family: str, language: str, zone: str) -> Person:
    interests = tuple(sorted(rng.sample(_INTERESTS, rng.randint(1, 2))))
    return Person(f"{slug}-{family}", first, language, zone, birthday, interests)
