"""What the service needs from the outside: one store and one clock. Bytes go in, bytes come out."""

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
    """All that one event or request changes; applied as a whole or not at all.

    `version` is the profile's version as `begin` gave it. `histogram`: field -> change of an integer counter.
    `deliveries`: outbound recommendations to be collected or withdrawn, as JSON. `record` is kept under `decision_id`.
    `due`: the customer's timer, in ms; None: never, also when an earlier commit said otherwise.
    `keep_days`: how long the profile lives without another commit; None: for ever. `brief`: the record is kept for a
    shorter time, as those without a recommendation are.
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


@dataclass(frozen=True, slots=True)
class StoreFormat:
    """The profile format that a store names: the one to write, and the oldest format whose code can read it."""

    number: int
    readable_from: int


UNNAMED = StoreFormat(2, 2)
"""Of a store that names no format: it was filled by versions that read and write format 2."""


@dataclass(frozen=True, slots=True)
class Head:
    """What was published last: its number (from 1; 0: nothing was), and the digest of its files."""

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
        """True when applied; False when the profile's version has moved on (a lost race): begin again."""
        ...

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]: ...

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
        """List every customer for `customers_of`, also those that a version without the index stored.

        In steps, so that the caller can do other work in between; yields how many each step listed. Safe to repeat.
        """
        ...

    def due_digests(self) -> Mapping[int, str]:
        """Partition -> under which rules its due times were worked out anew last; without those where none were."""
        ...

    def put_due_digest(self, partitions: Collection[int], digest: str) -> None:
        """The due times of these partitions are now those of the rules with this digest."""
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

        The same bytes after the same number are a call that was sent again: True. The last `CONTROLS_KEPT` are kept.
        """
        ...

    def controls(self, number: int) -> bytes | None:
        """The controls of this number; None when they are no longer kept."""
        ...

    def put_day(self, day: int, figures: bytes) -> None:
        """Keep the shop's figures of a day (UTC day number), in place of those that were kept of it before.

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
        """When this customer was erased last (ms), 0 for never; asked only where there is no profile."""
        ...

    def erased_at_many(self, customers: Sequence[str]) -> list[int]: ...

    def remember(self, key: str, answer: bytes, seconds: int) -> bytes | None:
        """Keep `answer` under `key` for some time, unless there is one already: then that one is returned."""
        ...

    def replace(self, key: str, answer: bytes, seconds: int) -> None:
        """Keep another answer under `key`."""
        ...

    def forget(self, key: str) -> None: ...

    def ping(self) -> None: ...


class Revisions(Protocol):
    """The rulebooks that were published, numbered in their order: an entry for each, and the files by their digest.

    The last so many are kept; files go with the last entry that names them.
    """

    def head(self) -> Head:
        """Cheap enough to poll."""
        ...

    def put(self, after: Head, entry: bytes, digest: str, files: bytes) -> bool:
        """Store files and entry under the next number, as a whole; False when `after` is not the head any more.

        Each entry has bytes of its own: that is how a repeated call knows that it went through before.
        """
        ...

    def entries(self) -> list[bytes]:
        """Newest first."""
        ...

    def files(self, digest: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Share:
    """A quota as the ledger needs it: the period that it is counted in ("" for ever, else such as "2026-11")."""

    most: int
    period: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one recommendation needs of what its action is limited to. Times in ms, money in minor units.

    `holder` names who reserves (one attempt of one process), so that giving up never takes another's hold away.
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
    """How much of an action's limits is taken: contacts and money of the asked periods, units of stock.

    Each holds what is reserved, too; `reserved` are the recommendations that wait. `late`: units that were
    given although their reservation had run out and nothing was left; 0 unless an outcome came too late. It goes
    down again when such a one is refused or gets a unit after all.
    """

    total: int = 0
    stock: int = 0
    budget: int = 0
    reserved: int = 0
    late: int = 0


class Ledger(Protocol):
    """What is shared out among all customers; never above a limit at any moment.

    A recommendation is reserved, then contact (seen or sent), then spent (accepted). It counts

    - in `total` from the reservation on; given back when it expires unseen, is refused, withdrawn or undone;
    - in `stock` from the reservation on; given back also when it expires unanswered;
    - in `budget` with both costs from the reservation on; the cost per acceptance is given back with the stock, the
      cost per contact only where there was no contact.

    A reservation runs out `GRACE` ms after the recommendation expires, so that an outcome that was on its way is in
    time. Everything may be repeated: it is keyed by the recommendation. What it has taken counts in the period in
    which it was taken, and with the costs of that time. A limit edited below what is taken refuses until it fits
    again. `release` knows nothing of a contact that has not been told: of a refusal that implies one, tell `contact`
    first.
    """

    def reserve(self, claim: Claim, now: int) -> str | None:
        """None when it is held; else what is used up: "total", "stock" or "budget", and nothing was taken.

        What ran out or was released before is taken anew.
        """
        ...

    def give_up(self, action: str, recommendation_id: str, holder: str) -> None:
        """This holder does not go through with it; without another holder, contact or acceptance it is given back."""
        ...

    def contact(self, claim: Claim, now: int) -> bool:
        """It was seen or sent. False when its reservation had run out and nothing was left: it counts as late.

        True and nothing is taken when it was released before: then this comes out of order.
        """
        ...

    def spend(self, claim: Claim, now: int) -> bool:
        """It was accepted, and so seen. False as for `contact`; after a release it is taken anew or late."""
        ...

    def release(self, action: str, recommendation_id: str) -> None:
        """It was refused or undone."""
        ...

    def withdraw(self, action: str, recommendation_id: str) -> None:
        """It waited and is not to be shown any more. What was seen or accepted meanwhile stays as it is."""
        ...

    def used(self, action: str, total: str, budget: str, now: int) -> Used:
        """How much is taken of the periods `total` and `budget`."""
        ...


GRACE = 5 * MINUTE
"""How long the ledger waits after a recommendation expires before it gives its unit to somebody else."""
REVISIONS_KEPT = 200
"""Rulebooks that the store keeps by default."""
CONTROLS_KEPT = 1_000
"""Controls that the store keeps, for decisions that are made again under those of then."""
DAYS_KEPT = 400
"""Days of which the store keeps the shop's figures."""
