"""The store on Redis 7 or later, or Valkey: a single server or a cluster.

`begin` is one command, `commit` one script (`storage.committing`); both touch one slot.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.domain.errors import StateUnavailable
from service.ports import CONTROLS_KEPT, DAYS_KEPT, REVISIONS_KEPT, Commit, News, Opened, StoreFormat
from storage import customers, feed, formats, keys, record_chain, revisions, timers
from storage.committing import DUE, SECONDS_PER_DAY, VERSION, Retention, commit_call
from storage.connection import Command, Connection, open_connection, script
from storage.redis_ledger import RedisLedger
from storage.revisions import RedisRevisions

_COMMIT: Final = script("commit.lua")
_ERASE: Final = script("erase.lua")
_SNAPSHOT: Final = script("snapshot.lua")
_CONTROLS: Final = script("controls.lua")
_DAY: Final = script("day.lua")
_REMEMBER: Final = script("remember.lua")

_TOMBSTONE_SECONDS: Final = 400 * SECONDS_PER_DAY
_SNAPSHOTS_KEPT: Final = 1_000
_NEWS: Final[Sequence[Command]] = (
    revisions.READ_HEAD,
    ("GET", keys.SNAPSHOT_NUMBER),
    ("GET", keys.CONTROLS_NUMBER),
    formats.READ,
)
_PAGE: Final = 1000
"""How many entries of a stream are read at a time when looking for those of one customer."""
_PARTITIONS_AT_ONCE: Final = 16
"""Histograms are large: read in steps, so that others are served in between."""


def connect(  # noqa: PLR0913 - settings, each given by its name
    url: str,
    *,
    timeout_s: float = 0.2,
    record_days: int = 30,
    brief_record_days: int = 7,
    delivery_days: int = 30,
    settle_ms: int = 20,
    erase_key: bytes | None = None,
    revisions_kept: int = REVISIONS_KEPT,
) -> "RedisStore":
    """A store on the server at `url`; connects on first use, so it may be made before a fork.

    `timeout_s` bounds each wait for the server; there is one retry. Decision records are kept for `record_days`, those
    without a recommendation for `brief_record_days`, deliveries for about `delivery_days`. A delivery can be read
    `settle_ms` after it was written: in a cluster that must exceed the difference between the clocks of its servers.
    `erase_key` keys the hashes of erased customers; without it the store draws one and keeps it. The last
    `revisions_kept` rulebooks that were published are kept.
    ValueError for a malformed URL.
    """
    connection = open_connection(url, timeout_s)
    days = Retention(record_days, min(brief_record_days, record_days), delivery_days)
    return RedisStore(connection, RedisRevisions(connection, revisions_kept), days, settle_ms, erase_key)


class RedisStore:
    """The port `service.ports.Store` on Redis. Safe to share between threads and over forks."""

    def __init__(
        self,
        connection: Connection,
        published: RedisRevisions,
        kept: Retention,
        settle_ms: int,
        erase_key: bytes | None,
    ) -> None:
        self.ledger = RedisLedger(connection)
        self.revisions = published
        self._connection = connection
        self._kept = kept
        self._settle_ms = settle_ms
        self._erase_key = erase_key

    def begin(self, customer: str, decision_id: str | None) -> Opened:
        """What is stored of a customer and of an earlier answer to this id; one MGET."""
        return _opened(self._connection.quick(*_begin(customer, decision_id)))

    def begin_many(self, asked: Sequence[tuple[str, str | None]]) -> list[Opened]:
        """`begin` for each, in one pipeline."""
        if not asked:
            return []
        return [_opened(reply) for reply in self._connection.many([_begin(*one) for one in asked])]

    def commit(self, commit: Commit) -> bool:
        """Apply the whole of it, or nothing when the version has moved on; one script."""
        return bool(self._connection.run(_COMMIT, *self._commit_call(commit)))

    def commit_many(self, commits: Sequence[Commit]) -> list[bool]:
        """`commit` for each, in one pipeline; each is applied as a whole, not all together."""
        if not commits:
            return []
        return [
            bool(reply)
            for reply in self._connection.run_many(_COMMIT, [self._commit_call(commit) for commit in commits])
        ]

    def older_orders(self, customer: str) -> bytes:
        """The orders that are stored beside the profile; one GET."""
        found: bytes | None = self._connection.call("GET", keys.older_orders_key(customer))
        return found or b""

    def record(self, decision_id: str) -> bytes | None:
        """The record of a decision, None when there is none or its time has passed."""
        try:
            key = keys.record_key(decision_id)
        except ValueError:
            return None
        return _record(self._connection.call("GET", key))

    def records_of(self, customer: str) -> list[bytes]:
        """All records that are still kept of a customer, newest first; a round trip for each."""
        stored = self._connection.call("GETRANGE", keys.profile_key(customer), 8, 263)
        prefix = keys.record_prefix(customer)
        return list(
            record_chain.walk(record_chain.heads_of(stored), lambda id_: self._connection.call("GET", prefix + id_))
        )

    def deliveries(self, after: str | None, limit: int) -> tuple[list[bytes], str]:
        """At most `limit` deliveries after the cursor, oldest first, and the cursor to go on from.

        What is younger than the settling time is left for the next call: something older may still appear.
        """
        position = feed.START if after is None else feed.parse(after)
        settled = self._connection.now_ms() - self._settle_ms
        items: list[bytes] = []
        read = max(4, limit // 64)
        while len(items) < limit:
            streams = self._streams(position, read)
            found = [one for one in feed.merged(streams, read) if one.at.ms < settled][: limit - len(items)]
            if not found:
                break
            items.extend(one.item for one in found)
            position = found[-1].at
            if all(len(stream) < read for stream in streams):
                break
            read *= 2
        return items, feed.text(position)

    def deliveries_of(self, customer: str) -> list[bytes]:
        """All that are still kept of a customer, oldest first."""
        return [item for _, item in self._stream_of(customer)]

    def due(self, until: int, limit: int, partitions: Collection[int] | None = None) -> list[tuple[str, int]]:
        """At most `limit` customers whose timer is at or before `until`, earliest first."""
        tags = keys.TAGS if partitions is None else [keys.TAGS[number] for number in partitions]
        return timers.first(self._connection, until, limit, DUE, tags) if tags else []

    def customers_of(self, partition: int, after: str, limit: int) -> list[str]:
        """At most `limit` customers of a partition whose names follow `after`, in lexical order."""
        return customers.page(self._connection, partition, after, limit)

    def index_customers(self) -> Iterator[int]:
        """Build the index from the names of all keys, in small steps; yields how many each step listed."""
        return customers.build(self._connection)

    def due_digests(self) -> Mapping[int, str]:
        """The rules that each partition's timers were last computed from; one GET for each."""
        return timers.digests(self._connection)

    def put_due_digest(self, partitions: Collection[int], digest: str) -> None:
        """The timers of these partitions now follow from these rules."""
        timers.put_digest(self._connection, [keys.TAGS[number] for number in partitions], digest)

    def histogram(self) -> Mapping[str, int]:
        """The counters summed over all partitions; those at zero are absent. A customer's share is never half there."""
        total: dict[str, int] = {}
        for start in range(0, len(keys.TAGS), _PARTITIONS_AT_ONCE):
            some = keys.TAGS[start : start + _PARTITIONS_AT_ONCE]
            for counters in self._connection.many([("HGETALL", keys.histogram_key(tag)) for tag in some]):
                for field, count in counters.items():
                    name = field.decode()
                    total[name] = total.get(name, 0) + int(count)
        return {field: count for field, count in total.items() if count}

    def put_snapshot(self, snapshot: bytes) -> int:
        """Store a snapshot under the next number; the last thousand are kept: six weeks of hourly ones."""
        return int(self._connection.run(_SNAPSHOT, (keys.SNAPSHOT_NUMBER, keys.SNAPSHOTS), (snapshot, _SNAPSHOTS_KEPT)))

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """The latest snapshot and its number."""
        number = self.snapshot_number()
        snapshot = self.snapshot(number) if number else None
        return None if snapshot is None else (number, snapshot)

    def snapshot(self, number: int) -> bytes | None:
        """The snapshot of this number."""
        found: bytes | None = self._connection.call("HGET", keys.SNAPSHOTS, number)
        return found

    def put_controls(self, controls: bytes, after: int) -> bool:
        """Store controls as the successor of number `after`; False when there is another one already."""
        names = (keys.CONTROLS_NUMBER, keys.CONTROLS)
        return bool(self._connection.run(_CONTROLS, names, (after, controls, CONTROLS_KEPT)))

    def controls(self, number: int) -> bytes | None:
        """The controls of this number."""
        found: bytes | None = self._connection.call("HGET", keys.CONTROLS, number)
        return found

    def put_day(self, day: int, figures: bytes) -> None:
        """Keep the shop's figures of a day."""
        self._connection.run(_DAY, (keys.DAYS,), (day, figures, DAYS_KEPT))

    def days(self) -> Mapping[int, bytes]:
        """The figures of the days that are kept."""
        return {int(day): figures for day, figures in self._connection.call("HGETALL", keys.DAYS).items()}

    def snapshot_number(self) -> int:
        """The number of the latest snapshot, 0 when there is none; one GET."""
        return int(self._connection.call("GET", keys.SNAPSHOT_NUMBER) or 0)

    def news(self) -> News:
        """What may have changed; four GETs in one pipeline."""
        head, snapshot, controls, named = self._connection.many(_NEWS)
        return News(revisions.parsed_head(head), int(snapshot or 0), int(controls or 0), formats.parsed(named))

    def begin_format(self, format: StoreFormat) -> StoreFormat:
        """Name this format if nothing is stored here yet; the format that the store names now."""
        return formats.begin(self._connection, format)

    def name_format(self, format: StoreFormat) -> None:
        """Profiles are written in this format from now on."""
        formats.name(self._connection, format)

    def erase(self, customer: str, histogram: Sequence[tuple[str, int]], version: int, at: int) -> bool:
        """Delete all that is stored of a customer; False when the version has moved on. Gone already is well.

        The customer's deliveries are looked for first: one that is added meanwhile moves the version on.
        """
        tag = keys.tag(customer)
        names = [keys.profile_key(customer), keys.histogram_key(tag), keys.deliveries_key(tag), keys.due_key(tag)]
        names += [keys.tombstone_key(customer, self._secret()), keys.customers_key(tag)]
        names.append(keys.older_orders_key(customer))
        args: list[Any] = [VERSION.pack(version), keys.record_prefix(customer), customer, at, _TOMBSTONE_SECONDS]
        args.append(len(histogram))
        for change in histogram:
            args.extend(change)
        args.extend(stream_id for stream_id, _ in self._stream_of(customer))
        return bool(self._connection.run(_ERASE, names, args))

    def erased_at(self, customer: str) -> int:
        """When this customer was erased last, 0 for never; one GET. It is known for 400 days."""
        return int(self._connection.call("GET", keys.tombstone_key(customer, self._secret())) or 0)

    def erased_at_many(self, customers: Sequence[str]) -> list[int]:
        """`erased_at` for each, in one pipeline."""
        if not customers:
            return []
        secret = self._secret()
        replies = self._connection.many([("GET", keys.tombstone_key(customer, secret)) for customer in customers])
        return [int(reply or 0) for reply in replies]

    def remember(self, key: str, answer: bytes, seconds: int) -> bytes | None:
        """Keep `answer` under `key`, unless there is one already: then return that one.

        A mark of this call goes before it: sent again because its answer was lost, it knows its own.
        """
        mark = secrets.token_bytes(8)
        kept: bytes | None = self._connection.run(_REMEMBER, (keys.answer_key(key),), (mark + answer, seconds))
        return None if kept is None or kept[:8] == mark else kept[8:]

    def replace(self, key: str, answer: bytes, seconds: int) -> None:
        """Keep another answer under `key`."""
        self._connection.call("SET", keys.answer_key(key), secrets.token_bytes(8) + answer, "EX", seconds)

    def forget(self, key: str) -> None:
        """Keep no answer under `key`."""
        self._connection.call("DEL", keys.answer_key(key))

    def ping(self) -> None:
        """Nothing when the store answers."""
        if not self._connection.call("PING"):
            raise StateUnavailable("the store does not respond: no reply to PING")

    def _commit_call(self, commit: Commit) -> tuple[list[str], list[Any]]:
        return commit_call(commit, self._kept)

    def _streams(self, after: feed.Position, read: int) -> list[list[feed.Delivery]]:
        """At most `read` deliveries of each partition after a position."""
        commands: list[Command] = [
            ("XRANGE", keys.deliveries_key(tag), feed.first_id(after, number), "+", "COUNT", read)
            for number, tag in enumerate(keys.TAGS)
        ]
        return [feed.entries(number, reply) for number, reply in enumerate(self._connection.many(commands))]

    def _stream_of(self, customer: str) -> Iterator[tuple[bytes, bytes]]:
        """The deliveries of a customer in the stream of their partition, oldest first, with their ids."""
        key, wanted, start = keys.deliveries_key(keys.tag(customer)), customer.encode(), "-"
        while True:
            page = self._connection.call("XRANGE", key, start, "+", "COUNT", _PAGE)
            yield from ((stream_id, fields[b"d"]) for stream_id, fields in page if fields[b"c"] == wanted)
            if len(page) < _PAGE:
                return
            start = "(" + page[-1][0].decode()

    def _secret(self) -> bytes:
        """What keys the hashes of erased customers; drawn once for a store, read once by a process."""
        if self._erase_key is None:
            self._connection.call("SET", keys.ERASE_KEY, secrets.token_bytes(32), "NX")
            self._erase_key = self._connection.call("GET", keys.ERASE_KEY)
        return self._erase_key


def _begin(customer: str, decision_id: str | None) -> Command:
    profile = keys.profile_key(customer)
    return ("MGET", profile) if decision_id is None else ("MGET", profile, keys.record_key(decision_id))


def _opened(reply: list[bytes | None]) -> Opened:
    stored = reply[0]
    record = _record(reply[1]) if len(reply) > 1 else None
    if stored is None:
        return Opened(None, 0, record)
    return Opened(stored[9 + stored[8] :], VERSION.unpack_from(stored)[0], record)


def _record(stored: bytes | None) -> bytes | None:
    return None if stored is None else record_chain.without_heads(stored)
