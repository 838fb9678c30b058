"""The ports of the service: one store and one clock. Bytes in, bytes out."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.domain.quick import quick
from engine.domain.times import MINUTE

Clock = Callable[[], int]
"""The present moment in milliseconds since 1970 UTC."""


@quick
@dataclass(frozen=True, slots=True)
class Opened:
    """What `begin` read in one round trip. `version` 0 means: no profile yet. `record`: this id was answered before."""

    profile: bytes | None
    version: int
    record: bytes | None


@quick
@dataclass(frozen=True, slots=True)
class Commit:
    """All changes by one event or request; applied as a whole or not at all.

    `version` is the profile's version as `begin` gave it. `histogram`: field -> change of an integer counter.
    `deliveries`: outbound recommendations to be collected or withdrawn, as JSON. `record` is kept under `decision_id`.
    `due`: the customer's timer, in ms; None: never, also when an earlier commit said otherwise.
    `keep_days`: how long the profile lives without another commit; None: for ever. `brief`: the record is kept for a
    shorter time, as those without a recommendation are. `older_orders`: those beyond the profile, as long as it is
    kept; empty: there are none any more; None: as they were, and `has_older_orders` says whether there are any.
    """

    customer: str
    version: int
    profile: bytes
    decision_id: str | None = None
    record: bytes | None = None
    deliveries: tuple[bytes, ...] = ()
    histogram: tuple[tuple[str, int], ...] = ()
    due: int | None = None
    keep_days: int | None = None
    brief: bool = False
    older_orders: bytes | None = None
    has_older_orders: bool = False


@dataclass(frozen=True, slots=True)
class StoreFormat:
    """The profile format that a store names: the one to write, and the oldest format whose code can read it."""

    number: int
    readable_from: int


UNNAMED = StoreFormat(2, 2)
"""Of a store that names no format: older versions, which read and write format 2, filled it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The latest publication: its number (from 1; 0: none), and the digest of its files."""

    number: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What every process polls for: the latest rulebook, snapshot and controls by number, and the format to write."""

    head: Head = Head()
    snapshot: int = 0
    controls: int = 0
    format: StoreFormat = UNNAMED


class Store(Protocol):
    """Memory and Redis keep the same promises; `tests/contract` holds them to it.

    Every method raises `StateUnavailable` when the store does not answer in time.
    """

    @property
    def ledger(self) -> "Ledger": ...

    @property
    def revisions(self) -> "Revisions": ...

    def begin(self, customer: str, decision_id: str | None) -> Opened: ...

    def begin_many(self, asked: Sequence[tuple[str, str | None]]) -> list[Opened]: ...

    def commit(self, commit: Commit) -> bool:
        """True when applied; False when the profile's version has moved on (a lost race): retry."""
        ...

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]: ...

    def older_orders(self, customer: str) -> bytes:
        """The orders of a customer that are stored beside the profile; nothing where there are none."""
        ...

    def record(self, decision_id: str) -> bytes | None: ...

    def records_of(self, customer: str) -> list[bytes]:
        """All records that are still kept of a customer, newest first."""
        ...

    def deliveries(self, after: str | None, limit: int) -> tuple[list[bytes], str]:
        """At least once, oldest first, and the opaque cursor to go on from. ValueError for a cursor not ours."""
        ...

    def deliveries_of(self, customer: str) -> list[bytes]:
        """All deliveries and withdrawals that are still kept of a customer, oldest first."""
        ...

    def due(self, until: int, limit: int, partitions: Collection[int] | None = None) -> list[tuple[str, int]]:
        """Customers whose timer fires at or before `until`, earliest first: (customer, timer in ms).

        Only those of these partitions (`engine.domain.ids.partition`) when they are given.
        """
        ...

    def customers_of(self, partition: int, after: str, limit: int) -> list[str]:
        """At most `limit` customers with a profile in this partition whose names follow `after`, in lexical order.

        Lexical by bytes of UTF-8, which is by code points. Empty at the end. Customers who exist throughout a walk
        are met once; new and erased ones are met or not.
        """
        ...

    def index_customers(self) -> Iterator[int]:
        """List every customer for `customers_of`, also those stored by a version without the index.

        In steps, so that the caller can work in between; yields how many each step listed. Safe to repeat.
        """
        ...

    def due_digests(self) -> Mapping[int, str]:
        """Partition -> the rules that its timers were last computed from; without those never computed."""
        ...

    def put_due_digest(self, partitions: Collection[int], digest: str) -> None:
        """The timers of these partitions now follow from the rules with this digest."""
        ...

    def histogram(self) -> Mapping[str, int]:
        """The counters summed over all partitions; those at zero may be absent."""
        ...

    def put_snapshot(self, snapshot: bytes) -> int:
        """Store a snapshot under the next number (from 1) and make it the latest."""
        ...

    def latest_snapshot(self) -> tuple[int, bytes] | None: ...

    def snapshot(self, number: int) -> bytes | None:
        """The snapshot of this number; None when it is no longer kept."""
        ...

    def put_controls(self, controls: bytes, after: int) -> bool:
        """Store controls as the successor of number `after`; False when another successor was stored in between.

        The same bytes after the same number are a repeated call: True. The last `CONTROLS_KEPT` are kept.
        """
        ...

    def controls(self, number: int) -> bytes | None:
        """The controls of this number; None when they are no longer kept."""
        ...

    def put_day(self, day: int, figures: bytes) -> None:
        """Keep the shop's figures of a day (UTC day number), replacing any kept for it before.

        They stay for `DAYS_KEPT` days.
        """
        ...

    def days(self) -> Mapping[int, bytes]:
        """The figures of all days that are kept."""
        ...

    def snapshot_number(self) -> int:
        """The number of the latest snapshot, 0 when there is none."""
        ...

    def news(self) -> News:
        """What may have changed; one round trip on a single server, cheap enough to poll."""
        ...

    def begin_format(self, format: StoreFormat) -> StoreFormat:
        """Name this format if the store is brand-new; the format that it names now, `UNNAMED` where it names none."""
        ...

    def name_format(self, format: StoreFormat) -> None:
        """Profiles are written in this format from now on: all processes must be able to read it."""
        ...

    def erase(self, customer: str, histogram: Sequence[tuple[str, int]], version: int, at: int) -> bool:
        """Delete profile, decision records, deliveries and timer of a customer; False for a lost race.

        A keyed hash of the customer stays for 400 days, with the latest moment `at` (ms): see `erased_at`. Where
        there is no profile the rest is deleted, `histogram` is not applied, and the moment is kept all the same.
        """
        ...

    def erased_at(self, customer: str) -> int:
        """When this customer was last erased (ms), 0 for never; used only where there is no profile."""
        ...

    def erased_at_many(self, customers: Sequence[str]) -> list[int]: ...

    def remember(self, key: str, answer: bytes, seconds: int) -> bytes | None:
        """Keep `answer` under `key` for some time, unless there is one already: then return that one."""
        ...

    def replace(self, key: str, answer: bytes, seconds: int) -> None:
        """Keep another answer under `key`."""
        ...

    def forget(self, key: str) -> None: ...

    def ping(self) -> None: ...


class Revisions(Protocol):
    """The published rulebooks, numbered in order: an entry for each, and the files by their digest.

    The latest are kept; files go with the last entry that names them.
    """

    def head(self) -> Head:
        """Cheap enough to poll."""
        ...

    def put(self, after: Head, entry: bytes, digest: str, files: bytes) -> bool:
        """Store files and entry under the next number, as a whole; False when `after` is not the head any more.

        Each entry has unique bytes: so a repeated call knows that it succeeded before.
        """
        ...

    def entries(self) -> list[bytes]:
        """Newest first."""
        ...

    def files(self, digest: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Share:
    """A quota as the ledger needs it: the period it is counted in ("" for ever, else such as "2026-11")."""

    most: int
    period: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A recommendation's claim on the limits of its action. Times in ms, money in minor units.

    `holder` names who reserves (one attempt of one process), so that giving up never releases another's hold.
    `expires`: when the recommendation does. `per_contact` is spent with the contact, `per_acceptance` is kept back
    until it is accepted. None: no such limit.
    """

    recommendation_id: str
    action: str
    holder: str
    expires: int
    total: Share | None = None
    stock: int | None = None
    budget: Share | None = None
    per_contact: int = 0
    per_acceptance: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """Use of an action's limits: contacts and money of the requested periods, units of stock.

    Each includes reservations; `reserved` are the pending recommendations. `late`: units that were
    given although their reservation had expired and nothing was left; 0 unless an outcome came too late. It
    decreases when such a one is refused or gets a unit after all.
    """

    total: int = 0
    stock: int = 0
    budget: int = 0
    reserved: int = 0
    late: int = 0


class Ledger(Protocol):
    """The resources shared by all customers; never above a limit at any moment.

    A recommendation is reserved, then contact (seen or sent), then spent (accepted). It counts

    - in `total` from the reservation on; given back when it expires unseen, is refused, withdrawn or undone;
    - in `stock` from the reservation on; given back also when it expires unanswered;
    - in `budget` with both costs from the reservation on; the cost per acceptance is given back with the stock, the
      cost per contact only where there was no contact.

    A reservation expires `GRACE` ms after the recommendation, so that an outcome on its way is in
    time. All calls are idempotent, keyed by the recommendation. Use counts in the period in which it was taken,
    with the costs of that time. A limit edited below its use refuses until it fits
    again. `release` does not know unreported contacts: for a refusal that implies one, call `contact`
    first.
    """

    def reserve(self, claim: Claim, now: int) -> str | None:
        """None when it is held; else the exhausted limit: "total", "stock" or "budget", and nothing was reserved.

        An expired or released reservation is made anew.
        """
        ...

    def give_up(self, action: str, recommendation_id: str, holder: str) -> None:
        """This holder gives up; without another holder, contact or acceptance the unit is returned."""
        ...

    def contact(self, claim: Claim, now: int) -> bool:
        """It was seen or sent. False when its reservation had expired and nothing was left: it counts as late.

        True without effect when it was released before: then this comes out of order.
        """
        ...

    def spend(self, claim: Claim, now: int) -> bool:
        """It was accepted, and so seen. False as for `contact`; after a release it is reserved anew or late."""
        ...

    def release(self, action: str, recommendation_id: str) -> None:
        """It was refused or undone."""
        ...

    def withdraw(self, action: str, recommendation_id: str) -> None:
        """It was pending and may no longer be shown. Contacts and acceptances meanwhile stay as they are."""
        ...

    def used(self, action: str, total: str, budget: str, now: int) -> Used:
        """Use in the periods `total` and `budget`."""
        ...


GRACE = 5 * MINUTE
"""How long the ledger waits after a recommendation expires before it reassigns its unit."""
REVISIONS_KEPT = 200
"""Default number of rulebooks that the store keeps."""
CONTROLS_KEPT = 1_000
"""Controls that the store keeps, to reproduce decisions made under them."""
DAYS_KEPT = 400
"""Days for which the store keeps the shop's figures."""
