"""How many contacts lie in each window that bounds the contacts of a customer: caps, cooldowns, limits per customer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.stress_log import Contact, Log
from engine.compiled.contact_policy import CompiledCap, plan_policy
from engine.domain.calendar import period_key
from engine.domain.times import in_words
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import UNCOUNTED, Action
from engine.rulebook.shop import Cap


@dataclass(frozen=True, slots=True)
class Window:
    """The fullest of all windows of one bound on the contacts of a customer."""

    name: str
    most: int
    fullest: int


def windows(log: Log) -> list[Window]:
    """Caps, cooldowns and limits per customer, each with its fullest window. A cap with `when` is left out."""
    by_customer: dict[str, list[Contact]] = {}
    for customer, contact in log.contacts():
        by_customer.setdefault(customer, []).append(contact)
    return [bound.fullest(by_customer.values()) for bound in bounds_of(log.book)]


@dataclass(frozen=True, slots=True)
class Bound:
    """At most so many contacts of those that count, in `within` ms or in a calendar period of a zone."""

    name: str
    most: int
    counts: Callable[[str, str], bool]
    within: int
    period: str | None = None
    zone: str = ""
    spares_undone: bool = False

    def fullest(self, histories: Iterable[Sequence[Contact]]) -> Window:
        found = [
            [c.at for c in each if self.counts(c.action, c.channel) and not (c.undone and self.spares_undone)]
            for each in histories
        ]
        full = max((_fullest(times, self.within, self.period, self.zone) for times in found), default=0)
        return Window(self.name, self.most, full)


def bounds_of(book: Rulebook) -> list[Bound]:
    """All that bounds the contacts of one customer, whoever the customer is."""
    found = []
    for compiled in _caps(book):
        cap = compiled.cap
        if cap.when is None and (cap.period is None or cap.zone != "customer"):
            span = f"1 {cap.period}" if cap.period else in_words(cap.within)
            zone = book.shop.zone if cap.zone == "shop" else cap.zone
            name = f"{_selected(cap)} in {span}"
            found.append(Bound(name, cap.at_most, partial(_counts, compiled), cap.within, cap.period, zone))
    for action in book.actions.values():
        for word, most, within in _spacings(action, book):
            name = f"{word} {action.id} in {in_words(within)}"
            spares = word == "per customer"
            found.append(Bound(name, most, partial(_is_of, action.id), within, spares_undone=spares))
    return found


def _selected(cap: Cap) -> str:
    """Such as `group win-back on email, push`."""
    kinds = (("action", cap.actions), ("group", cap.groups), ("tag", cap.tags), ("on", cap.channels))
    return " ".join(f"{word} {', '.join(names)}" for word, names in kinds if names) or "all"


def _counts(cap: CompiledCap, action: str, channel: str) -> bool:
    return cap.counts(action) and cap.counts_on(channel)


def _is_of(wanted: str, action: str, _channel: str) -> bool:
    return action == wanted


def _caps(book: Rulebook) -> Sequence[CompiledCap]:
    """Each cap of the book once, ready to count."""
    found: dict[int, CompiledCap] = {}
    for caps in plan_policy(book).caps.values():
        found |= {id(cap.cap): cap for cap in caps}
    return list(found.values())


def _spacings(action: Action, book: Rulebook) -> Iterator[tuple[str, int, int]]:
    own = max(action.cooldown, book.contact_policy.cooldown_actions.get(action.id, 0))
    if own and action.kind not in UNCOUNTED:
        yield "cooldown of", 1, own
    if action.per_customer is not None:
        yield "per customer", action.per_customer.count, action.per_customer.within


def _fullest(times: Sequence[int], within: int, period: str | None, zone: str) -> int:
    """The most that lie in one window."""
    if period is not None:
        keys = [period_key(at, period, zone) for at in times]
        return max((keys.count(key) for key in set(keys)), default=0)
    ordered, first, fullest = sorted(times), 0, 0
    for last, at in enumerate(ordered):
        while ordered[first] <= at - within:
            first += 1
        fullest = max(fullest, last - first + 1)
    return fullest
