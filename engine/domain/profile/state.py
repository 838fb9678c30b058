"""The profile as values. Bounded: it never takes more than about 2 KB in storage.

Times are milliseconds, days are UTC day numbers (days since 1970), money is minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.domain.profile.order import Order
from engine.domain.quick import quick

ORDERS_KEPT = 32
OLDER_KEPT = 1_000
"""Orders beyond those, under a key of their own: see engine.domain.profile.orders."""
RETURNS_KEPT = 32
"""Of one order."""
DAYS_KEPT = 64
SEEN_KEPT = 64
SKUS_KEPT = 24
CATEGORIES_KEPT = 24
COMPLAINTS_KEPT = 8
FRIENDS_KEPT = 16
CHANNELS_KEPT = 16
"""Channels seen, reachable and consented to; purposes per channel. Senders that send session ids have more."""
PENDING_KEPT = 20
TOUCHES_KEPT = 32
"""Newest contacts per action and channel. A cap above this could not be enforced."""
REFUSALS_KEPT = 16
"""Newest ignores, and newest rejections, per action."""
UNDONE = "undo"
"""In place of an outcome: contacts whose acceptance was undone."""
SHOWN_KEPT = 16
CREDITS_KEPT = 16
EXPERIMENTS_KEPT = 32
ALIASES_KEPT = 16
RETRIES_KEPT = 4
WAITS_KEPT = 128
"""The earliest ones; a rulebook with few waits keeps fewer."""
HALF_LIVES = (28, 60, 120, 180)
"""Half-lives in days of the decayed purchase counts (docs/value.md)."""
VALUE_HALF_LIFE = 180


@dataclass(slots=True)
class Purchases:
    """Treat it as a value: only `purchases` changes one, and only a fresh copy.

    Sums that commute, and decayed counts `counts` (one per half-life) and `spend_decayed` as of `updated`.

    A purchase is a day on which the customer bought (`days_bought` of them, the newest 64 in `days`, ascending).
    `spend` and `margin` are not floored: floor them on reading. `margin` sums the `margin_orders` whose cost is known.
    `returns`: orders of which something came back, worth `returned`.

    `orders`: the newest `ORDERS_KEPT`. `older`: how many older ones are stored beside the profile, and `beyond`: those
    where they were read or have just become too old for the profile, else None.
    """

    orders: Mapping[str, Order] = field(default_factory=dict)
    days: tuple[int, ...] = ()
    order_count: int = 0
    days_bought: int = 0
    spend: int = 0
    margin: int = 0
    margin_orders: int = 0
    returns: int = 0
    returned: int = 0
    first_time: int | None = None
    last_time: int | None = None
    counts: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    spend_decayed: float = 0.0
    updated: int = 0
    older: int = 0
    beyond: dict[str, Order] | None = field(default=None, compare=False, repr=False)

    def order(self, key: str) -> Order | None:
        """An order of those that are known here."""
        found: Order | None = self.orders.get(key)
        return found if found is not None or self.beyond is None else self.beyond.get(key)

    @property
    def is_complete(self) -> bool:
        """Whether all orders that are kept are known here."""
        return not self.older or self.beyond is not None

    @property
    def all_orders(self) -> Mapping[str, Order]:
        """All orders that are known here."""
        return {**self.beyond, **self.orders} if self.beyond else self.orders


@dataclass(frozen=True, slots=True)
class Contact:
    """The history of one action: when it was seen or sent on which channel, and the latest outcome.

    `touches`: channel -> the newest times in ms, ascending. `refusals`: "ignore" or "reject" -> the newest times;
    "undo" -> the times of contacts whose acceptance was undone, which do not count towards the limit per customer.
    """

    touches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    outcome: str = "none"
    outcome_time: int = 0
    refusals: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def counting(self) -> list[int]:
        """The times of the contacts that count towards the limit per customer, in no order."""
        times = [at for of_channel in self.touches.values() for at in of_channel]
        for at in self.refusals.get(UNDONE, ()):
            if at in times:
                times.remove(at)
        return times

    @property
    def last(self) -> int:
        """The newest contact, 0 if none."""
        newest = 0
        for times in self.touches.values():  # a loop is faster than max() of a generator here
            newest = max(newest, times[-1])
        return newest


@dataclass(frozen=True, slots=True)
class Pending:
    """A returned recommendation, neither seen nor expired. `reserved`: the ledger holds a unit."""

    recommendation_id: str
    action: str
    rule: str
    channel: str
    placement: str | None
    decided: int
    expires: int
    scope: str | None = None
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A recommendation seen or sent `at`, which may still be answered or converted.

    `answer`: "" for none yet; then accept, reject, ignore or undo. `answered`: its time.
    """

    recommendation_id: str
    action: str
    channel: str
    at: int
    expires: int
    answer: str = ""
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Credit:
    """An order credited to a recommendation as its conversion: minor units, less returns."""

    recommendation_id: str
    action: str
    tier: str
    amount: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """One customer in the experiment of an action ("*": of all): purchases since `entered`.

    `held`: in the control group. `revenue` in minor units.
    """

    entered: int
    held: bool
    purchases: int = 0
    revenue: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """Evaluates trigger `key` again `at` (ms), after a temporary refusal; after `until` it is too late."""

    at: int
    key: str
    until: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Evaluates trigger `key` ("after:<event>:<days>") `at` (ms), after an event that a rule waits for.

    `properties`: those of the event that its rules read.
    """

    at: int
    key: str
    properties: tuple[tuple[str, Any], ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Placing:
    """This customer's place in the partition's histograms, so that it can be removed.

    `newcomer`: has fewer orders than tiers.yaml requires of a ranked customer. `spend` and `margin` are 0 unless the
    cost of every order is known: their ratio is the shop's margin share.
    """

    score_bin: int
    value_bin: int
    value: int
    days_bought: int
    spend: int
    margin: int
    newcomer: bool = False


@dataclass(frozen=True)
class Profile:
    """All data of one customer. `pairs` of (time, value) are last-writer-wins registers.

    A profile read from a store decodes most fields on first use; `stored` holds them until then.
    """

    @staticmethod
    def of(fields: dict[str, Any]) -> "Profile":
        """A profile that owns these fields. Missing ones must be in `stored`."""
        new = object.__new__(Profile)
        object.__setattr__(new, "__dict__", fields)
        return new

    def but(self, **changes: Any) -> "Profile":
        """A copy with these fields changed; `dataclasses.replace` takes ten times as long."""
        return Profile.of({**self.__dict__, **changes})

    customer: str
    first_seen: int | None = None
    last_seen: int | None = None
    purchases: Purchases = field(default_factory=Purchases)
    channels: Mapping[str, int] = field(default_factory=dict)  # channel -> newest event, ms
    source: tuple[int, str] = (0, "")  # (time, channel) of the earliest event that named its channel
    traits: Mapping[str, tuple[int, Any]] = field(default_factory=dict)
    channel_addresses: Mapping[str, tuple[int, bool]] = field(default_factory=dict)
    consents: Mapping[str, Mapping[str, tuple[int, bool]]] = field(default_factory=dict)  # channel -> purpose ->
    categories: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # category -> (units, newest day)
    skus: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # sku -> (units, newest day)
    complaints: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # digest -> (opened, closed), 0 unknown
    friends: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # digest -> (told, bought, reversed)
    rating: tuple[int, int] = (0, 0)  # (time, score)
    delivery: tuple[int, str] = (0, "")  # (time, order digest) of the newest
    newest: Mapping[str, int] = field(default_factory=dict)  # "wish", "community": newest time
    event_counts: Mapping[str, int] = field(default_factory=dict)  # event type -> how many, for a few types
    counters: Mapping[str, list[int]] = field(default_factory=dict)  # see profile.counters.Buckets
    contacts: Mapping[str, Contact] = field(default_factory=dict)  # action ->
    pending: tuple[Pending, ...] = ()
    once: Mapping[str, str] = field(default_factory=dict)  # rule -> scope of its latest contact
    shown: tuple[Shown, ...] = ()  # by the time of the contact
    credits: Mapping[str, Credit] = field(default_factory=dict)  # order digest ->
    experiments: Mapping[str, Experiment] = field(default_factory=dict)  # action or "*" ->
    retries: tuple[Retry, ...] = ()  # one per trigger key, the earliest first
    waits: tuple[Wait, ...] = ()  # the earliest first
    inactive_at: int = 0  # when the inactivity timer fires (ms), 0 for never
    evaluated: tuple[
        str, ...
    ] = ()  # marks of `inactive` rules that still hold and were evaluated: engine.scheduling.timers
    aliases: tuple[str, ...] = ()  # keys of the anonymous profiles merged into this one
    merged_into: str | None = None  # frozen: this anonymous profile belongs to that customer now
    erased: int = 0  # time of the erasure: older events are ignored
    seen: bytes = b""  # digests (6 bytes each) of the newest event and outcome ids
    fingerprints: bytes = b""  # 2 bytes for each of the newest of them; see engine.domain.profile.seen
    tier: str = "none"
    placing: Placing | None = None
    unknown: tuple[tuple[int, bytes], ...] = ()  # (number, bytes) of sections of a newer version


class _Undecoded:
    """A non-data descriptor for a field: Python calls it while an instance has not decoded the field yet."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, profile: Profile | None, _class: type[Profile] | None = None) -> Any:
        if profile is None:
            raise AttributeError(self._name)
        have, name = profile.__dict__, self._name
        value = have[name] = have["stored"].value(name)
        return value


for _field in fields(Profile):
    setattr(Profile, _field.name, _Undecoded(_field.name))
