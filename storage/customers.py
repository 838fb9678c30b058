"""The customer index: one sorted set per partition, in lexical order, so that a walk continues after a name.

commit.lua lists a new customer, erase.lua removes one. An anonymous profile that expired stays listed until the next
read of its page, which removes it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from storage import keys
from storage.connection import Connection, script

_INDEX: Final = script("index_customer.lua")
_AT_ONCE: Final = 100
"""Customers listed in one step: a worker does other work in between."""


def page(connection: Connection, partition: int, after: str, limit: int) -> list[str]:
    """At most `limit` customers of a partition whose names follow `after`, in lexical order."""
    index = keys.customers_key(keys.TAGS[partition])
    found: list[str] = []
    while len(found) < limit:
        first = f"({after}" if after else "-"
        listed = connection.call("ZRANGEBYLEX", index, first, "+", "LIMIT", 0, limit - len(found))
        if not listed:
            break
        names = [name.decode() for name in listed]
        stored = connection.many([("EXISTS", keys.profile_key(name)) for name in names])
        _correct(connection, [name for name, exists in zip(names, stored, strict=True) if not exists])
        found += [name for name, exists in zip(names, stored, strict=True) if exists]
        after = names[-1]
    return found


def build(connection: Connection) -> Iterator[int]:
    """List all customers with a profile, in steps; yields how many each step listed. Names without one go in `page`.

    Safe to repeat, to interrupt, and beside running workers. The index is complete once no process of a version
    without the index is left: only those add customers unlisted.
    """
    profiles = connection.scan(keys.PROFILES)
    while names := [keys.customer_of(key.decode()) for key in islice(profiles, _AT_ONCE)]:
        _correct(connection, names)
        yield len(names)


def _correct(connection: Connection, customers: Sequence[str]) -> None:
    """Whether a customer has a profile is checked again with the change: they may come and go at any time."""
    calls = [((keys.profile_key(one), keys.customers_key(keys.tag(one))), (one,)) for one in customers]
    if calls:
        connection.run_many(_INDEX, calls)
