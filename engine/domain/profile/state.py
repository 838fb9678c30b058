"""The profile as values. Bounded: whatever a customer does, it stays within about 2 KB when stored.

Times are milliseconds, days are UTC day numbers (days since 1970), money is minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.domain.quick import quick

ORDERS_KEPT = 32
DAYS_KEPT = 64
SEEN_KEPT = 64
SKUS_KEPT = 24
CATEGORIES_KEPT = 24
COMPLAINTS_KEPT = 8
FRIENDS_KEPT = 16
CHANNELS_KEPT = 16
"""Channels seen, reachable and consented to; purposes per channel. Senders who put a session's id there have more."""
PENDING_KEPT = 20
TOUCHES_KEPT = 32
"""Newest contacts per action and channel. A cap of more than so many could not be told."""
REFUSALS_KEPT = 16
"""Newest ignores, and newest rejections, per action."""
SHOWN_KEPT = 16
CREDITS_KEPT = 16
EXPERIMENTS_KEPT = 32
ALIASES_KEPT = 16
RETRIES_KEPT = 4
WAITS_KEPT = 8
"""Those that end first."""
HALF_LIVES = (28, 60, 120, 180)
"""Half-lives in days of the decayed purchase counts (docs/value.md)."""
VALUE_HALF_LIFE = 180


@quick
@dataclass(frozen=True, slots=True)
class Order:
    """One of the newest orders, remembered so that it can be cancelled, returned, or sent twice.

    `time` in ms, whole seconds; None while only its cancellation or a return has arrived.
    `returns`: (time, amount, margin) taken back so far.
    """

    time: int | None = None
    total: int = 0
    margin: int | None = None
    returns: tuple[tuple[int, int, int], ...] = ()
    cancelled: int | None = None

    @property
    def counts(self) -> bool:
        return self.time is not None and self.cancelled is None

    @property
    def newest(self) -> int:
        """The moment by which it is kept or forgotten."""
        return max(self.time or 0, self.cancelled or 0, *(time for time, _, _ in self.returns), 0)


@dataclass(slots=True)
class Purchases:
    """Treat it as a value: only `purchases` changes one, and only a copy that it has just made.

    Sums that commute, and decayed counts `counts` (one per half-life) and `spend_decayed` as of `updated`.

    A purchase is a day on which the customer bought (`days_bought` of them, the newest 64 in `days`, ascending).
    `spend` and `margin` are not floored: floor them on reading. `margin` sums the `margin_orders` whose cost is known.
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


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened with one action: when it was seen or sent on which channel, and the latest outcome.

    `touches`: channel -> the newest times in ms, ascending. `refusals`: "ignore" or "reject" -> the newest times.
    """

    touches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    outcome: str = "none"
    outcome_time: int = 0
    refusals: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The newest contact, 0 when there is none."""
        newest = 0
        for times in self.touches.values():  # a loop is faster than max() of a generator here
            newest = max(newest, times[-1])
        return newest


@dataclass(frozen=True, slots=True)
class Pending:
    """A recommendation that was returned and has neither been seen nor expired. `reserved`: the ledger holds a unit."""

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
    """A recommendation that was seen or sent `at`, and may still be answered, or be the reason for an order.

    `answer`: "" while there is none; then accept, reject, ignore or undo. `answered`: its time.
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
    """An order that is counted as the conversion of a recommendation: minor units, less what came back."""

    recommendation_id: str
    action: str
    tier: str
    amount: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """One customer in the comparison of an action ("*": of all) with its holdout: purchases since `entered`.

    `held`: gets nothing. `revenue` in minor units.
    """

    entered: int
    held: bool
    purchases: int = 0
    revenue: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """Somebody was refused for a time: look again `at` (ms) as for trigger `key`; after `until` it is too late."""

    at: int
    key: str
    until: int


@dataclass(frozen=True, slots=True)
class Wait:
    """An event happened after which a rule waits: look `at` (ms) as for trigger `key` ("after:<event>:<days>")."""

    at: int
    key: str


@quick
@dataclass(frozen=True, slots=True)
class Placing:
    """Where the histograms of the partition hold this customer, so that it can be taken out again.

    `newcomer`: has fewer orders than tiers.yaml asks of a ranked customer. `spend` and `margin` are 0 unless the
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
    """All that is known of one customer. `pairs` of (time, value) are last-writer-wins registers.

    A profile that was read from a store decodes most fields when they are first used; `stored` holds them until then.
    """

    @staticmethod
    def of(fields: dict[str, Any]) -> "Profile":
        """A profile with these fields, which it takes over. What is missing must be in `stored`."""
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
    inactive_at: int = 0  # when to look at the silence itself (ms), 0 for never
    evaluated: tuple[
        str, ...
    ] = ()  # marks of `inactive` rules that still hold and were looked at: engine.scheduling.timers
    aliases: tuple[str, ...] = ()  # keys of the anonymous profiles that were merged into this one
    merged_into: str | None = None  # frozen: this anonymous profile belongs to that customer now
    erased: int = 0  # the customer was erased then: nothing older may come back
    seen: bytes = b""  # digests (6 bytes each) of the newest event and outcome ids
    tier: str = "none"
    placing: Placing | None = None
    unknown: tuple[tuple[int, bytes], ...] = ()  # (number, bytes) of sections that only a newer version can read


class _Undecoded:
    """Stands in the class for a field: Python asks it where an instance lacks the field, which is not decoded yet."""

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
