"""An order of a customer: its newest version, its returns, and its cancellation, in whatever order they arrived.

The newest version counts: of two versions of one moment that with the greater total. An order was bought at the time of
its earliest version. Returns never take back more than was paid, neither for a line nor for the order; those that come
first by time count first. Amounts in another currency are converted at the order's own rate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from engine.domain.ids import digest6
from engine.domain.money import share
from engine.domain.quick import quick

Line = tuple[int, int]
"""Digest of a line id, and the amount of the line in minor units."""
Sent = tuple[str, int]
"""The currency of an amount that was sent in another than the shop's, and the amount in its minor units."""


class Return(NamedTuple):
    """A return as reported. `time` in ms; `amount`, `margin` and `lines` in minor units of the shop's currency."""

    time: int
    amount: int
    margin: int
    lines: tuple[Line, ...] = ()
    sent: Sent | None = None


class Content(NamedTuple):
    """What a version of an order says. `margin`: None where a cost is unknown; `lines`: none if one has the total."""

    total: int
    margin: int | None = None
    lines: tuple[Line, ...] = ()
    sent: Sent | None = None


class Entry(NamedTuple):
    """An amount that an order adds to the customer's value at a time; negative for what was taken back."""

    time: int
    amount: int
    margin: int


@quick
@dataclass(frozen=True, slots=True)
class Order:
    """`time` in ms, whole seconds: when it was bought; None while only its cancellation or returns have arrived.

    `version`: time of the newest version, 0 if that is `time`. `placed`: False while only corrections have arrived.
    Other fields as in `Content`.
    """

    time: int | None = None
    total: int = 0
    margin: int | None = None
    returns: tuple[Return, ...] = ()
    cancelled: int | None = None
    version: int = 0
    lines: tuple[Line, ...] = ()
    sent: Sent | None = None
    placed: bool = True

    @property
    def counts(self) -> bool:
        """Whether it was bought and not cancelled."""
        return self.time is not None and self.cancelled is None

    @property
    def stands(self) -> bool:
        """Whether it counts and was not paid back in full."""
        return self.counts and (self.total <= 0 or self.returned < self.total)

    @property
    def newest(self) -> int:
        """The moment that orders are kept by."""
        return max(self.time or 0, self.cancelled or 0, *(one.time for one in self.returns), 0)

    @property
    def returned(self) -> int:
        """What was paid back of it, in minor units."""
        if not self.returns:
            return 0
        return sum([one.amount for one in self.paid_back()])

    @property
    def net(self) -> int:
        """The total less what was paid back."""
        return self.total - self.returned

    @property
    def content(self) -> Content:
        """What its newest version says."""
        return Content(self.total, self.margin, self.lines, self.sent)

    def entries(self) -> list[Entry]:
        """What it adds to the customer's value, and takes from it; nothing if it does not count."""
        if not self.counts or self.time is None:
            return []
        back = [Entry(one.time, -one.amount, -one.margin) for one in self.paid_back()] if self.returns else []
        return [Entry(self.time, self.total, self.margin or 0), *back]

    def paid_back(self) -> Iterator[Return]:
        """Its returns by time, each cut to what was still to be paid back; without those of nothing."""
        left, of_lines = max(0, self.total), dict(self.lines)
        for one in sorted(self.returns, key=_in_order):
            asked = self._converted(one)
            amount = asked.amount
            for line, part in asked.lines:
                if line in of_lines:
                    took = min(part, of_lines[line])
                    of_lines[line] -= took
                    amount -= part - took
            amount = min(max(0, amount), left)
            left -= amount
            if amount:
                margin = one.margin if amount == one.amount else one.margin * amount // max(1, one.amount)
                yield Return(one.time, amount, margin)

    def _converted(self, one: Return) -> Return:
        """A return in the order's foreign currency at the order's rate, whatever the rate was on its own day."""
        if one.sent is None or self.sent is None or one.sent[0] != self.sent[0] or not self.sent[1]:
            return one
        amount = share(one.sent[1], self.sent[1], self.total)
        lines = tuple((line, share(part, max(1, one.amount), amount)) for line, part in one.lines)
        return one._replace(amount=amount, lines=lines)


def with_version(known: Order, new: Order) -> Order:
    """The order after a version of it, `new`: its time and, if no newer one is known, its content."""
    if known.time is None or new.time is None:
        if known.time is not None:
            return known
        heard_of = known.returns or known.cancelled is not None
        return replace(new, returns=known.returns, cancelled=known.cancelled) if heard_of else new
    newest = max(known, new, key=lambda one: (one.version or one.time, _rank(one.content)))
    bought, version = min(known.time, new.time), newest.version or newest.time or 0
    return replace(
        newest,
        time=bought,
        returns=known.returns,
        cancelled=known.cancelled,
        version=0 if version == bought else version,
        placed=known.placed or new.placed,
    )


def line_key(line_id: str) -> int:
    """The digest of a line id, 2 bytes: lines of one order that share it are bounded together."""
    return int.from_bytes(digest6(line_id)[:2], "big")


def merged(one: Order, other: Order) -> Order:
    """One order that two profiles of a customer know: the same return counts once."""
    cancelled = min((at for at in (one.cancelled, other.cancelled) if at is not None), default=None)
    more = list(other.returns)
    for known in one.returns:
        if known in more:
            more.remove(known)
    return replace(with_version(one, other), returns=(*one.returns, *more), cancelled=cancelled)


def _rank(content: Content) -> tuple[int, int, tuple[Line, ...], Sent]:
    return content.total, -1 if content.margin is None else content.margin, content.lines, content.sent or ("", 0)


def _in_order(one: Return) -> tuple[int, int, int, tuple[Line, ...], Sent]:
    return one.time, one.amount, one.margin, one.lines, one.sent or ("", 0)
