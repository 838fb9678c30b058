"""Values, times and lists in one language: rendering for all parts of an explanation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.domain.calendar import wall
from engine.domain.facts import NEVER, Fact, FactType, Value
from engine.domain.money import Currency
from engine.domain.times import DAY, HOUR, MINUTE, UNITS
from engine.domain.trigger import WAITED
from engine.rulebook.condition import Op
from engine.rulebook.model import Rulebook
from explain.catalogue import catalogue
from explain.what_if import Wanted

_SPANS: Final = ((DAY, "day", 2), (HOUR, "hour", 2), (MINUTE, "minute", 1))
"""The minimum of a unit for a length of time to be written in it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The rendering context: the shop's currency, zone and facts, and the moment (ms) "in 4 days" is from."""

    currency: Currency
    zone: str
    vocabulary: Mapping[str, Fact]
    now: int


def setting_of(book: Rulebook, now: int) -> Setting:
    """The setting of a decision under a rulebook."""
    return Setting(book.shop.currency, book.shop.zone, book.vocabulary, now)


class Speaker:
    """Renders the values of one explanation."""

    def __init__(self, language: str, setting: Setting) -> None:
        self._catalogue = catalogue(language)
        self.say: Final = self._catalogue.text
        self.plural: Final = self._catalogue.plural
        """`say` renders a text of the catalogue by its key, `plural` one that depends on a number."""
        self._told = setting
        self._now = setting.now

    @property
    def currency(self) -> Currency:
        """The shop's."""
        return self._told.currency

    def term(self, word: str) -> str:
        """The plain word for a rulebook's word; the word itself where there is none."""
        return self._catalogue.word(f"term.{word}", word)

    def joined(self, items: Iterable[str], by: str = "list.comma") -> str:
        """ "a, b, c", or with another sign of the catalogue between the items."""
        return self.say(by).join(items)

    def listed(self, items: Iterable[str], last: str = "list.and") -> str:
        """ "a", "a and b", "a, b and c"; `last`: list.and or list.or."""
        found = list(items)
        if len(found) < 2:
            return "".join(found)
        return self.say(last, first=self.joined(found[:-1]), last=found[-1])

    # ---- values ----

    def value(self, name: str, value: Value) -> str:
        """A fact's value with its unit."""
        if value is None or value == NEVER:
            return self.term("unknown" if value is None else "never")
        if isinstance(value, frozenset):
            return self.joined(sorted(value)) or self.term("nothing")
        if isinstance(value, bool):
            return self.term("yes" if value else "no")
        if isinstance(value, str):
            return self.term("none") if value == "none" else value
        return self._number(self._told.vocabulary.get(name), value)

    def _number(self, fact: Fact | None, value: int | float) -> str:
        kind = fact.type if fact else None
        if kind is FactType.MONEY and isinstance(value, int):
            return self.minor(value)
        if kind is FactType.DAYS and isinstance(value, int):
            return self.counted(value, "day")
        if fact is not None and fact.unit == "%":
            return percent(value)
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"

    def wanted(self, fact: str, wanted: Sequence[Wanted]) -> str:
        """The required value of a fact: "at least 20 days and at most 60 days"."""
        return self.listed(self._asked(fact, one) for one in wanted)

    def _asked(self, fact: str, one: Wanted) -> str:
        op, value = one.op, one.value
        if op is Op.KNOWN:
            is_asked = bool(value) is one.positive
            return self.say("wanted.known" if is_asked else "unwanted.known")
        if not one.positive and op is Op.BETWEEN:
            return self._needs("unwanted.between", fact, value)
        return self._needs(f"wanted.{one.means or op}", fact, value)

    def _needs(self, message: str, fact: str, value: Any) -> str:
        members = value if isinstance(value, tuple) else (value,)
        shown = [self.value(fact, member) for member in members]
        return self.say(message, value=shown[0], any=self.listed(shown, "list.or"), low=shown[0], high=shown[-1])

    def minor(self, amount: int) -> str:
        """An amount in minor units: "1,234.50 EUR"."""
        return f"{Decimal(self._told.currency.format(amount)):,} {self._told.currency.code}"

    def money(self, amount: float) -> str:
        """An amount in units of the currency; amounts below its smallest unit keep their digits."""
        return f"{number(amount, self._told.currency.decimals)} {self._told.currency.code}"

    # ---- times ----

    def moment(self, at: int) -> str:
        """A moment in the shop's time zone."""
        zone = self._told.zone
        clock = wall(at, zone)
        return self.say(
            "when.moment",
            weekday=self._catalogue.weekdays[clock.weekday()],
            day=clock.day,
            month=self.say(f"month.{clock.month}"),
            year=clock.year,
            time=f"{clock:%H:%M}",
            zone=zone,
        )

    def relative(self, at: int) -> str:
        """The distance of a moment from the decision: "in 4 days"."""
        apart = at - self._now
        for length, unit, least in _SPANS:
            if abs(apart) >= least * length:
                span = self.counted(abs(apart) // length, unit)
                return self.say("when.in" if apart > 0 else "when.ago", span=span)
        return self.say("when.now")

    def at(self, message: str, at: int) -> str:
        """A sentence about a moment, absolute and relative to the decision."""
        return self.say(message, moment=self.moment(at), relative=self.relative(at))

    def trigger(self, key: str) -> str:
        """A trigger in words, by its key."""
        if key.startswith(WAITED):
            _, event, days = key.split(":")
            return self.say("explanation.wait", event=event, wait=self.counted(int(days), "day"))
        return self.term(key)

    def counted(self, count: int, unit: str) -> str:
        """ "1 day", "14 days"."""
        return self.plural(f"unit.{unit}", count)

    def span(self, ms: int) -> str:
        """ "14 days", "36 hours": a length of time in the largest unit that divides it."""
        for unit, name in UNITS:
            if ms % unit == 0:
                return self.counted(ms // unit, name)
        return self.counted(ms, "ms")


def percent(share: float) -> str:
    """0.06 -> "6 %"."""
    return f"{round(share * 100, 4):g} %"


def number(amount: float, decimals: int = 2) -> str:
    """With these decimals; values that would round to zero keep their digits."""
    shown = f"{amount:,.{decimals}f}"
    return shown if float(shown.replace(",", "")) or not amount else f"{amount:g}"
