"""Timers: the sets of the partitions in one order."""

from collections.abc import Sequence
from typing import Any, Final

from storage import keys
from storage.connection import Command, Connection, script

_NOT_DUE: Final = script("not_due.lua")

Due = tuple[int, bytes]
"""Time (ms) and customer; compares as the order of all."""


def first(connection: Connection, until: int, limit: int, marked: bytes, tags: Sequence[str]) -> list[tuple[str, int]]:
    """At most `limit` customers of these partitions whose timer is at or before `until`, earliest first.

    An expired profile leaves its entry behind: customers whose profile does not begin with `marked` are removed.
    """
    while True:
        found = [(customer.decode(), due) for due, customer in _earliest(connection, until, limit, tags)]
        begins = connection.many([("GETRANGE", keys.profile_key(customer), 0, 0) for customer, _ in found])
        gone = [customer for (customer, _), begin in zip(found, begins, strict=True) if begin != marked]
        if not gone:
            return found
        calls = [((keys.profile_key(one), keys.due_key(keys.tag(one))), (one, marked)) for one in gone]
        connection.run_many(_NOT_DUE, calls)


def _earliest(connection: Connection, until: int, limit: int, tags: Sequence[str]) -> list[Due]:
    """Entries as the sets have them. A set that returned as many as were read may hold more: later ones must wait."""
    read = max(16, limit // 64)
    while True:
        sets = [_entries(reply) for reply in connection.many([_command(tag, until, read) for tag in tags])]
        certain = min((entries[-1] for entries in sets if len(entries) == read), default=None)
        found = sorted(one for entries in sets for one in entries if certain is None or one <= certain)
        if certain is None or len(found) >= limit:
            return found[:limit]
        read *= 2


def _command(tag: str, until: int, read: int) -> Command:
    return ("ZRANGEBYSCORE", keys.due_key(tag), "-inf", until, "WITHSCORES", "LIMIT", 0, read)


def digests(connection: Connection) -> dict[int, str]:
    """Partition -> the rules that its timers were last computed from."""
    replies = connection.many([("GET", keys.due_digest_key(tag)) for tag in keys.TAGS])
    return {number: reply.decode() for number, reply in enumerate(replies) if reply is not None}


def put_digest(connection: Connection, tags: Sequence[str], digest: str) -> None:
    """The timers of these partitions now follow from these rules."""
    connection.many([("SET", keys.due_digest_key(tag), digest) for tag in tags])


def _entries(reply: list[Any]) -> list[Due]:
    return [(int(due), customer) for customer, due in zip(reply[::2], reply[1::2], strict=True)]
