"""The store of replays and tests: plain dicts in this process, with the guarantees of the Redis store."""

import itertools
import secrets
import threading
from bisect import bisect_right, insort
from collections.abc import Collection, Iterator, Mapping, Sequence

from engine.domain.ids import PARTITIONS, partition
from service.ports import CONTROLS_KEPT, DAYS_KEPT, REVISIONS_KEPT, UNNAMED, Commit, Head, News, Opened, StoreFormat
from storage.keys import tombstone
from storage.memory_ledger import MemoryLedger
from storage.memory_timers import DueQueue

# ---- The rulebooks that were published, in this process ----


class MemoryRevisions:
    """The port `service.ports.Revisions` in lists and dicts."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._head = Head()
        self._entries: list[tuple[bytes, str]] = []
        self._files: dict[str, bytes] = {}

    def head(self) -> Head:
        """What was published last."""
        return self._head

    def put(self, after: Head, entry: bytes, digest: str, files: bytes) -> bool:
        """Store files and entry under the next number; False when somebody published in between."""
        with self._lock:
            if after != self._head:
                return any(entry == known for known, _ in self._entries)
            self._entries = [*self._entries, (entry, digest)][-self._kept :]
            kept = {known for _, known in self._entries}
            self._files = {known: of for known, of in {digest: files, **self._files}.items() if known in kept}
            self._head = Head(after.number + 1, digest)
        return True

    def entries(self) -> list[bytes]:
        """Newest first."""
        with self._lock:
            return [entry for entry, _ in reversed(self._entries)]

    def files(self, digest: str) -> bytes | None:
        """The files with this digest, None when no entry that is kept has them."""
        return self._files.get(digest)


class MemoryStore:
    """Safe to share between threads, not between processes. It has no clock: data that expires in Redis stays here."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.revisions = MemoryRevisions(REVISIONS_KEPT)
        self._lock = threading.Lock()
        self._versions = itertools.count(1)
        self._profiles: dict[str, tuple[int, bytes]] = {}
        self._customers: list[list[str]] = [[] for _ in range(PARTITIONS)]
        self._older_orders: dict[str, bytes] = {}
        self._records: dict[str, tuple[str, bytes]] = {}
        self._deliveries: list[tuple[str, bytes | None]] = []
        self._histogram: dict[str, int] = {}
        self._snapshots: list[bytes] = []
        self._controls: dict[int, bytes] = {}
        self._days: dict[int, bytes] = {}
        self._format = UNNAMED
        self._due = DueQueue()
        self._due_digests: dict[int, str] = {}
        self._erase_key = secrets.token_bytes(32)
        self._erased: dict[str, int] = {}
        self._answers: dict[str, bytes] = {}

    def begin(self, customer: str, decision_id: str | None) -> Opened:
        """What is stored of a customer and of an earlier answer to this id."""
        with self._lock:
            version, profile = self._profiles.get(customer, (0, None))
            _, record = self._records.get(decision_id, (None, None)) if decision_id else (None, None)
        return Opened(profile, version, record)

    def begin_many(self, asked: Sequence[tuple[str, str | None]]) -> list[Opened]:
        """`begin` for each."""
        return [self.begin(customer, decision_id) for customer, decision_id in asked]

    def commit(self, commit: Commit) -> bool:
        """Apply the whole of it, or nothing when the version has moved on."""
        with self._lock:
            if self._profiles.get(commit.customer, (0,))[0] != commit.version:
                return False
            if not commit.version:
                insort(self._customers[partition(commit.customer)], commit.customer)
            self._profiles[commit.customer] = (next(self._versions), commit.profile)
            if commit.older_orders is not None:
                self._older_orders[commit.customer] = commit.older_orders
            if commit.decision_id is not None and commit.record is not None:
                self._records.setdefault(commit.decision_id, (commit.customer, _tight(commit.record)))
            if commit.deliveries:
                self._deliveries.extend((commit.customer, delivery) for delivery in commit.deliveries)
            if commit.histogram:
                self._count(commit.histogram)
            self._due.put(commit.customer, commit.due)
        return True

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]:
        """`commit` for each."""
        return [self.commit(commit) for commit in commits]

    def older_orders(self, customer: str) -> bytes:
        """The orders that are stored beside the profile."""
        with self._lock:
            return self._older_orders.get(customer, b"")

    def record(self, decision_id: str) -> bytes | None:
        """The record of a decision, None when there is none."""
        with self._lock:
            return self._records.get(decision_id, (None, None))[1]

    def records_of(self, customer: str) -> list[bytes]:
        """All records of a customer, newest first."""
        with self._lock:
            return [record for of, record in reversed(self._records.values()) if of == customer]

    def deliveries(self, after: str | None, limit: int) -> tuple[list[bytes], str]:
        """At most `limit` deliveries after the cursor, oldest first, and the cursor to go on from."""
        position = 0 if after is None else _position(after)
        items: list[bytes] = []
        with self._lock:
            while position < len(self._deliveries) and len(items) < limit:
                delivery = self._deliveries[position][1]
                if delivery is not None:
                    items.append(delivery)
                position += 1
        return items, str(position)

    def deliveries_of(self, customer: str) -> list[bytes]:
        """All deliveries of a customer, oldest first."""
        with self._lock:
            return [item for of, item in self._deliveries if of == customer and item is not None]

    def due(self, until: int, limit: int, partitions: Collection[int] | None = None) -> list[tuple[str, int]]:
        """At most `limit` customers whose timer is at or before `until`, earliest first."""
        with self._lock:
            return self._due.first(until, limit, partitions)

    def customers_of(self, partition: int, after: str, limit: int) -> list[str]:
        """At most `limit` customers of a partition whose names follow `after`, in lexical order."""
        with self._lock:
            names = self._customers[partition]
            first = bisect_right(names, after)
            return names[first : first + limit]

    def index_customers(self) -> Iterator[int]:
        """Nothing to do: the index is kept from the start."""
        return iter(())

    def due_digests(self) -> Mapping[int, str]:
        """The rules that each partition's timers were last computed from."""
        with self._lock:
            return dict(self._due_digests)

    def put_due_digest(self, partitions: Collection[int], digest: str) -> None:
        """The timers of these partitions now follow from these rules."""
        with self._lock:
            self._due_digests.update(dict.fromkeys(partitions, digest))

    def histogram(self) -> Mapping[str, int]:
        """The counters; those at zero are absent."""
        with self._lock:
            return dict(self._histogram)

    def put_snapshot(self, snapshot: bytes) -> int:
        """Store a snapshot under the next number."""
        with self._lock:
            self._snapshots.append(snapshot)
            return len(self._snapshots)

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """The latest snapshot and its number."""
        with self._lock:
            return (len(self._snapshots), self._snapshots[-1]) if self._snapshots else None

    def snapshot(self, number: int) -> bytes | None:
        """The snapshot of this number."""
        with self._lock:
            return self._snapshots[number - 1] if 1 <= number <= len(self._snapshots) else None

    def put_controls(self, controls: bytes, after: int) -> bool:
        """Store controls as the successor of number `after`; False when there is another one already."""
        with self._lock:
            if after != max(self._controls, default=0):
                return self._controls.get(after + 1) == controls
            self._controls[after + 1] = controls
            self._controls.pop(after + 1 - CONTROLS_KEPT, None)
        return True

    def controls(self, number: int) -> bytes | None:
        """The controls of this number."""
        return self._controls.get(number)

    def put_day(self, day: int, figures: bytes) -> None:
        """Keep the shop's figures of a day."""
        with self._lock:
            self._days = {kept: of for kept, of in self._days.items() if kept > day - DAYS_KEPT} | {day: figures}

    def days(self) -> Mapping[int, bytes]:
        """The figures of the days that are kept."""
        with self._lock:
            return dict(self._days)

    def snapshot_number(self) -> int:
        """The number of the latest snapshot, 0 when there is none."""
        return len(self._snapshots)

    def news(self) -> News:
        """What may have changed."""
        with self._lock:
            numbers = len(self._snapshots), max(self._controls, default=0)
        return News(self.revisions.head(), *numbers, self._format)

    def begin_format(self, format: StoreFormat) -> StoreFormat:
        """Name this format if nothing is stored here yet; the format that the store names now."""
        with self._lock:
            if self._format == UNNAMED and not self._profiles and not self._erased:
                self._format = format
            return self._format

    def name_format(self, format: StoreFormat) -> None:
        """Profiles are written in this format from now on."""
        self._format = format

    def erase(self, customer: str, histogram: Sequence[tuple[str, int]], version: int, at: int) -> bool:
        """Delete all that is stored of a customer; False when the version has moved on. Gone already is well."""
        with self._lock:
            stored = self._profiles.get(customer)
            if stored is not None and stored[0] != version:
                return False
            if stored is not None:
                del self._profiles[customer]
                self._customers[partition(customer)].remove(customer)
                self._count(histogram)
            self._older_orders.pop(customer, None)
            self._records = {id_: kept for id_, kept in self._records.items() if kept[0] != customer}
            self._deliveries = [("", None) if of == customer else (of, item) for of, item in self._deliveries]
            self._due.put(customer, None)
            stone = tombstone(customer, self._erase_key)
            self._erased[stone] = max(at, self._erased.get(stone, 0))
        return True

    def erased_at(self, customer: str) -> int:
        """When this customer was erased last, 0 for never."""
        return self._erased.get(tombstone(customer, self._erase_key), 0)

    def erased_at_many(self, customers: Sequence[str]) -> list[int]:
        """`erased_at` for each."""
        return [self.erased_at(customer) for customer in customers]

    def remember(self, key: str, answer: bytes, seconds: int) -> bytes | None:
        """Keep `answer` under `key`, unless there is one already: then return that one."""
        with self._lock:
            kept = self._answers.get(key)
            if kept is None:
                self._answers[key] = answer
        return kept

    def replace(self, key: str, answer: bytes, seconds: int) -> None:
        """Keep another answer under `key`."""
        with self._lock:
            self._answers[key] = answer

    def forget(self, key: str) -> None:
        """Keep no answer under `key`."""
        with self._lock:
            self._answers.pop(key, None)

    def ping(self) -> None:
        """Memory is always there."""

    def _count(self, changes: Sequence[tuple[str, int]]) -> None:
        for field, change in changes:
            count = self._histogram.get(field, 0) + change
            if count:
                self._histogram[field] = count
            else:
                self._histogram.pop(field, None)


def _tight(data: bytes) -> bytes:
    """A copy without slack: what orjson gives was cut out of a larger block, and keeps pages of its own alive."""
    return bytes(memoryview(data))


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20):
        raise ValueError("not a cursor of this store")
    return int(cursor)
