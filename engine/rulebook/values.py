"""What people write ("60 EUR", "14 days", "5 %") as canonical values. Every refusal says what to write instead."""

import difflib
import re
from collections.abc import Collection, Set
from datetime import date
from math import isfinite
from typing import Final

from engine.domain import former_words
from engine.domain.facts import NEVER, Constant, Fact, FactType, Missing
from engine.domain.money import Currency
from engine.domain.profile.state import TOUCHES_KEPT
from engine.domain.times import DAY, HOUR, MINUTE
from engine.rulebook.offers import Limit, Quota

Raw = str | int | float | bool | None

MAX_WHOLE: Final = 10**15
"""Bound of counts, days and minor units, either side of zero."""
MAX_NUMBER: Final = 10**9
PLACES: Final = 6
MAX_DURATION: Final = 3_660 * DAY
MAX_TEXT: Final = 200
"""Characters of a text value in a condition."""


class BadValue(ValueError):
    """A value that cannot be read; `code` is a key of findings.CODES, `hint` says what to write instead."""

    def __init__(self, message: str, hint: str | None = None, code: str = "bad-value") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


def did_you_mean(name: str, among: Collection[str]) -> str | None:
    """A hint that names the closest of the possible words, or lists a few of them, or None."""
    now = former_words.ALL.get(name) or former_words.FACTS.get(f"customer.{name}")
    if now is not None and now in among:
        return f"it is called {now} now; `patron fmt --upgrade` rewrites rule files"
    name = name[:MAX_TEXT]
    words = sorted(among) if isinstance(among, Set) else list(among)  # the same hint in every run
    folded = {word.lower(): word for word in words}
    close = difflib.get_close_matches(name.lower(), list(folded), 1, 0.6)
    if close:
        return f"did you mean {folded[close[0]]}?"
    tails = [word for word in words if word.rpartition(".")[2] == name.rpartition(".")[2]]
    if tails:
        return f"did you mean {min(tails)}?"
    return f"possible: {', '.join(words)}" if 0 < len(words) <= 12 else None


NUMBER: Final = r"[-+]?[0-9]+(?:\.[0-9]+)?"
MONEY: Final = re.compile(rf"({NUMBER}) ?([A-Za-z]{{3}})")
_UNIT_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
DURATION: Final = re.compile(rf"({NUMBER}) ?(hour|day|week|month|year)s?")
DATE: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
PERCENT: Final = re.compile(rf"({NUMBER}) ?%")
LIMIT: Final = re.compile(r"([0-9]+) in (.+)")
PERIOD: Final = re.compile(r"1 (day|week|month|year)")
PLAIN: Final = re.compile(NUMBER)
_LONGEST: Final = 40
"""Characters of anything with a number in it."""
_RETIRE: Final = "to stop an action, set its rules to status: retired"


def _matched(pattern: re.Pattern[str], raw: Raw) -> re.Match[str] | None:
    return pattern.fullmatch(raw) if isinstance(raw, str) and len(raw) <= _LONGEST else None


def parse_value(raw: Raw, fact: Fact, currency: Currency) -> Constant:  # noqa: PLR0911 - one line a type
    """The canonical value of `raw` for a fact: see FactType. For a set fact: one member of the set.

    BadValue (a ValueError) when it does not fit the fact's type, unit, bounds or declared values.
    """
    if raw is None:
        raise BadValue(f"{fact.name} needs a value here")
    match fact.type:
        case FactType.BOOLEAN:
            return _boolean(raw, fact)
        case FactType.COUNT:
            return _whole(raw, fact)
        case FactType.DAYS:
            return _days(raw, fact)
        case FactType.MONEY:
            return parse_money(raw, currency)
        case FactType.NUMBER:
            return _number(raw, fact)
        case FactType.DATE:
            return _date(raw, fact)
        case FactType.TEXT | FactType.SET:
            return _text(raw, fact)


def _boolean(raw: Raw, fact: Fact) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("yes", "no"):
        return raw == "yes"
    raise BadValue(f"{fact.name} is yes or no, not {raw}", "write yes or no")


def _whole(raw: Raw, fact: Fact) -> int:
    number = parse_decimal(raw, f"{fact.name} is a whole number")
    return _bounded_whole(number, f"{fact.name} is a whole number, not {raw}")


def _bounded_whole(number: float | int, message: str) -> int:
    if number != int(number):
        raise BadValue(message, f"write {int(number)} or {int(number) + 1}")
    if abs(number) > MAX_WHOLE:
        raise BadValue(f"{number} is too large", code="out-of-range")
    return int(number)


def _days(raw: Raw, fact: Fact) -> int | float:
    if raw == "never" and fact.missing is Missing.NEVER:
        return NEVER
    if found := _matched(DURATION, raw):
        number, unit = found.groups()
        days = float(number) / 24 if unit == "hour" else float(number) * _UNIT_DAYS[unit]
        return _bounded_whole(days, f"{fact.name} is in whole days, not {raw}")
    try:
        number = parse_decimal(raw, "")
    except BadValue:
        raise _wrong_unit(raw, f"{fact.name} is in days", "write it as 14 days") from None
    return _bounded_whole(number, f"{fact.name} is in whole days, not {raw}")


def _wrong_unit(raw: Raw, expected: str, hint: str) -> BadValue:
    return BadValue(f"{expected}, not {_shown(raw)}", hint, "bad-unit")


def _number(raw: Raw, fact: Fact) -> float:
    if _matched(PERCENT, raw):
        return parse_percent(raw)
    if fact.unit == "%":
        raise _wrong_unit(raw, f"{fact.name} is a share in %", "write it as 20 %")
    number = parse_decimal(raw, f"{fact.name} is a number")
    if abs(number) > MAX_NUMBER:
        raise BadValue(f"{raw} is too large: at most {MAX_NUMBER}", code="out-of-range")
    return canonical_number(number)


def _date(raw: Raw, fact: Fact) -> str:
    try:
        if found := _matched(DATE, raw):
            return date.fromisoformat(found[0]).isoformat()
    except ValueError:
        pass
    raise BadValue(f"{fact.name} is a date, not {_shown(raw)}", "write it as 2026-12-24")


def canonical_number(number: float) -> float:
    """Rounded to 6 places; minus zero is zero."""
    return round(float(number), PLACES) + 0.0


def _text(raw: Raw, fact: Fact) -> str:
    if not isinstance(raw, str):
        raise BadValue(f"{fact.name} is a text, not {_shown(raw)}", f'put it in quotes: "{_shown(raw)}"')
    if len(raw) > MAX_TEXT:
        raise BadValue(f"the text is longer than {MAX_TEXT} characters", code="out-of-range")
    if fact.values and raw not in fact.values:
        raise BadValue(f"{raw} is not a value of {fact.name}", did_you_mean(raw, fact.values))
    return raw


def parse_decimal(raw: Raw, expected: str) -> int | float:
    """A plain number without unit and exponent. `expected` begins the message of the BadValue."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float):
        if not isfinite(raw) or abs(raw) > MAX_WHOLE:
            raise BadValue(f"{raw} is not a usable number", code="out-of-range")
        return raw
    if isinstance(raw, str) and _matched(PLAIN, raw):
        return float(raw) if "." in raw else int(raw)
    raise BadValue(f"{expected}, not {_shown(raw)}", "write a number alone, such as 2")


def parse_money(raw: Raw, currency: Currency) -> int:
    """ "60 EUR" -> 6000 minor units. The currency must be written, and be the shop's."""
    example = f"60 {currency.code}"
    found = _matched(MONEY, raw)
    if not found:
        number = isinstance(raw, int | float) and not isinstance(raw, bool)
        wanted = f"{raw} {currency.code}" if number else example
        raise _wrong_unit(raw, "an amount of money needs its currency", f"write it as {wanted}")
    amount, code = found.groups()
    if code != currency.code:
        hint = f"write it as {amount} {currency.code}"
        raise BadValue(f"the shop's currency is {currency.code}, not {code}", hint, "bad-unit")
    try:
        minor = currency.parse(amount)
    except ValueError as error:
        raise BadValue(str(error)) from None
    if abs(minor) > MAX_WHOLE:
        raise BadValue(f"{raw} is too large", code="out-of-range")
    return minor


def parse_duration(raw: Raw) -> int:
    """ "14 days", "2 weeks", "12 hours", "1 month" (30 days), "1 year" (365 days) -> milliseconds, not negative."""
    found = _matched(DURATION, raw)
    if not found:
        raise _wrong_unit(raw, "a length of time has a number and a unit", "write it as 14 days or 12 hours")
    number, unit = found.groups()
    each = HOUR if unit == "hour" else _UNIT_DAYS[unit] * DAY
    length = float(number) * each
    if not 0 <= length <= MAX_DURATION:
        raise BadValue(f"{raw} is not between 0 days and 10 years", code="out-of-range")
    return round(length)


def parse_percent(raw: Raw) -> float:
    """ "5 %" -> 0.05."""
    found = _matched(PERCENT, raw)
    if not found:
        raise _wrong_unit(raw, "a share is written in %", "write it as 5 %")
    if abs(float(found[1])) > MAX_NUMBER:
        raise BadValue(f"{raw} is too large", code="out-of-range")
    return canonical_number(float(found[1]) / 100)


def parse_limit(raw: Raw) -> Limit:
    """ "2 in 365 days" -> at most 2 in that time."""
    found = _matched(LIMIT, raw)
    if not found:
        raise BadValue(f"a limit is a number in a time, not {_shown(raw)}", "write it as 2 in 365 days")
    limit = Limit(int(found[1]), parse_duration(found[2]))
    if not limit.count or not limit.within:
        raise BadValue("a limit must be at least 1", _RETIRE, "out-of-range")
    if limit.count > TOUCHES_KEPT:
        message = f"no more than {TOUCHES_KEPT} contacts with an action are stored, so this limit has no effect"
        raise BadValue(message, f"at most {TOUCHES_KEPT} in a time", "out-of-range")
    return limit


def parse_total(raw: Raw) -> Quota:
    """ "500 in 1 month" -> 500 in each calendar month; 500 -> 500, ever."""
    number, period = _in_period(raw)
    count = _bounded_whole(
        parse_decimal(number, "a limit over all customers is a whole number, such as 500 in 1 month"),
        f"a limit over all customers is a whole number, not {number}",
    )
    if count < 1:
        raise BadValue("a limit must be at least 1", _RETIRE, "out-of-range")
    return Quota(count, period)


def parse_budget(raw: Raw, currency: Currency) -> Quota:
    """ "2000 EUR in 1 month" -> minor units in each calendar month; "2000 EUR": ever."""
    amount, period = _in_period(raw)
    minor = parse_money(amount, currency)
    if minor <= 0:
        raise BadValue(f"a budget must be more than 0, not {amount}", _RETIRE, "out-of-range")
    return Quota(minor, period)


def parse_stock(raw: Raw) -> int:
    """Units, at least one."""
    units = _bounded_whole(
        parse_decimal(raw, "stock is a whole number of units"), f"stock is a whole number of units, not {raw}"
    )
    if units < 1:
        raise BadValue(f"a stock has at least one unit, not {units}", _RETIRE, "out-of-range")
    return units


def _in_period(raw: Raw) -> tuple[Raw, str | None]:
    """What stands before ` in 1 month`, and the month; what has no period is left as it is."""
    if not isinstance(raw, str) or " in " not in raw:
        return raw, None
    amount, _, length = raw.partition(" in ")
    found = _matched(PERIOD, length)
    if not found:
        hint = "possible: 1 day, 1 week, 1 month, 1 year, or no period"
        raise BadValue(f"{_shown(length)} is not a calendar period", hint)
    return amount, found[1]


def shown_length(length: int) -> str:
    """Milliseconds as people write them: 14 days, 1 hour."""
    each, unit = next((each, unit) for each, unit in _UNITS if length % each == 0 or unit == "minute")
    number = length // each
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


_UNITS: Final = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


def _shown(raw: Raw) -> str:
    """A value as it was most likely written."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if raw is None:
        return "nothing"
    return str(raw) if len(str(raw)) <= 60 else f"{str(raw)[:60]}..."
