"""Values, times and lists in one language: what every part of the telling says them with."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine.calendar import wall
from engine.rulebook.condition import Op
from engine.rulebook.model import NEVER, Fact, FactType, Value
from engine.times import DAY, HOUR, MINUTE, parse_rfc3339
from explain.pieces import Said
from explain.tree import Explanation
from explain.what_if import Wanted
from explain.words import Words

_SPANNING: Final = frozenset(("within", "wait", "lasting"))
_WORDS: Final = frozenset(("scope", "status", "where", "wish"))
_SPANS: Final = ((DAY, "day", 2), (HOUR, "hour", 2), (MINUTE, "minute", 1))
"""From how many of a unit on a length of time is told in it."""
_BY_THE_PERIOD: Final = frozenset(("total", "budget"))


class Speaker:
    """Says what stands in one explanation."""

    def __init__(self, words: Words, explanation: Explanation) -> None:
        self.words = words
        self._told = explanation
        self._now = explanation.decision.decided_at

    def say(self, message: str, /, **fields: object) -> str:
        """A sentence or heading with its places filled in."""
        return self.words.messages[message].format(**fields)

    def term(self, word: str) -> str:
        """The plain word for a word of the rulebook; the word itself where there is none."""
        return self.words.terms.get(word, word)

    def listed(self, items: Iterable[str], word: str = "and") -> str:
        """ "a", "a or b", "a, b or c"."""
        found = list(items)
        if len(found) < 2:
            return "".join(found)
        first = self.words.comma.join(found[:-1])
        return self.say("list-last", first=first, word=self.words.messages[word], last=found[-1])

    # ---- values ----

    def value(self, name: str, value: Value) -> str:
        """A fact's value with its unit."""
        if value is None or value == NEVER:
            return self.term("unknown" if value is None else "never")
        if isinstance(value, frozenset):
            return self.words.comma.join(sorted(value)) or self.term("nothing")
        if isinstance(value, bool):
            return self.term("yes" if value else "no")
        if isinstance(value, str):
            return self.term("none") if value == "none" else value
        return self._number(self._told.vocabulary.get(name), value)

    def _number(self, fact: Fact | None, value: int | float) -> str:
        kind = fact.type if fact else None
        if kind is FactType.MONEY and isinstance(value, int):
            return f"{self._told.currency.format(value)} {self._told.currency.code}"
        if kind is FactType.DAYS and isinstance(value, int):
            return self.counted(value, "day")
        if fact is not None and fact.unit == "%":
            return percent(value)
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"

    def wanted(self, fact: str, wanted: Sequence[Wanted]) -> str:
        """What a fact would have to be: "at least 20 days and at most 60 days"."""
        return self.listed(self._asked(fact, one) for one in wanted)

    def _asked(self, fact: str, one: Wanted) -> str:
        op, value = one.op, one.value
        if op is Op.KNOWN:
            is_asked = bool(value) is one.positive
            return self.words.wanted[op] if is_asked else self.words.refused[op]
        if not one.positive and op is Op.BETWEEN:
            return self._filled(self.words.refused[op], fact, value)
        return self._filled(self.words.wanted[one.means or op], fact, value)

    def _filled(self, template: str, fact: str, value: Any) -> str:
        members = value if isinstance(value, tuple) else (value,)
        shown = [self.value(fact, member) for member in members]
        return template.format(value=shown[0], any=self.listed(shown, "or"), low=shown[0], high=shown[-1])

    def money(self, amount: float) -> str:
        """An amount in units of the currency; what is less than its smallest unit keeps its digits."""
        return f"{number(amount, self._told.currency.decimals)} {self._told.currency.code}"

    # ---- times ----

    def moment(self, at: int) -> str:
        """A moment on the clock of the shop."""
        zone = self._told.zone
        clock = wall(at, zone)
        return self.say(
            "moment",
            weekday=self.words.weekdays[clock.weekday()],
            day=clock.day,
            month=self.words.months[clock.month - 1],
            year=clock.year,
            time=f"{clock:%H:%M}",
            zone=zone,
        )

    def relative(self, at: int) -> str:
        """How far from the decision a moment is: "in 4 days"."""
        apart = at - self._now
        for length, unit, least in _SPANS:
            if abs(apart) >= least * length:
                span = self.counted(abs(apart) // length, unit)
                return self.say("in" if apart > 0 else "ago", span=span)
        return self.say("now")

    def at(self, message: str, at: int) -> str:
        """A sentence about a moment, on the clock and as seen from the decision."""
        return self.say(message, moment=self.moment(at), relative=self.relative(at))

    def trigger(self, key: str) -> str:
        """What makes a rule look, by its trigger key."""
        if key.startswith("after:"):
            _, event, days = key.split(":")
            return self.say("wait", event=event, wait=self.counted(int(days), "day"))
        return self.term(key)

    def counted(self, count: int, unit: str) -> str:
        """ "1 day", "14 days"."""
        one, more = self.words.units[unit]
        return (one if count == 1 else more).format(n=count)

    def span(self, text: str) -> str:
        """A length of time as the engine writes it ("14 days") in this language."""
        count, _, unit = text.partition(" ")
        unit = unit if unit in self.words.units else unit.removesuffix("s")
        return self.counted(int(count), unit) if count.isdigit() and unit in self.words.units else text

    # ---- refusals ----

    def refusal(self, said: Said) -> str:
        """The detail of a refusal as half a sentence."""
        fields = {name: self._field(said.message, name, text) for name, text in said.numbers.items()}
        if said.message in _BY_THE_PERIOD:
            fields["period"] = self.term(f"this {said.numbers.get('period', 'ever')}")
        selectors = ("actions", "groups", "tags", "channels")
        which = (self.say(f"cap-{name}", names=fields[name]) for name in selectors if name in fields)
        fields["which"] = "".join(which)
        return self.say(said.message, **fields)

    def _field(self, message: str, name: str, text: str) -> str:
        if name == "time":
            return self.moment(parse_rfc3339(text))
        if name in _SPANNING:
            return self.span(text)
        if name == "outcomes":
            return self.listed(map(self.term, text.split(" or ")), "or")
        if name == "what" and text.startswith("group "):
            return self.say("target", kind=self.term("group"), target=text.removeprefix("group "))
        is_word = name in _WORDS or (name == "period" and message == "cap-no-zone")
        return self.term(text) if is_word else text


def percent(share: float) -> str:
    """0.06 -> "6 %"."""
    return f"{round(share * 100, 4):g} %"


def number(amount: float, decimals: int = 2) -> str:
    """With these decimals; what would be nothing with them keeps its digits."""
    shown = f"{amount:,.{decimals}f}"
    return shown if float(shown.replace(",", "")) or not amount else f"{amount:g}"
