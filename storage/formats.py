"""The profile format that the store names, under one key: its number, and the oldest format whose code reads it."""

from typing import Final

from service.ports import UNNAMED, StoreFormat
from storage import keys
from storage.connection import Command, Connection, script

_BEGIN: Final = script("begin_format.lua")
READ: Final[Command] = ("GET", keys.FORMAT)


def parsed(reply: bytes | None) -> StoreFormat:
    """The reply to `READ`."""
    if reply is None:
        return UNNAMED
    number, _, readable_from = reply.decode().partition(" ")
    return StoreFormat(int(number), int(readable_from))


def name(connection: Connection, format: StoreFormat) -> None:
    """The store names this format from now on."""
    connection.call("SET", keys.FORMAT, _text(format))


def begin(connection: Connection, format: StoreFormat) -> StoreFormat:
    """A store without any data names this format from the start. What it names now."""
    if not any(connection.many([("EXISTS", key) for key in _TRACES])):
        names = (keys.FORMAT, keys.ERASE_KEY, keys.WORKERS, keys.LEASES)
        return parsed(connection.run(_BEGIN, names, (_text(format),)))
    return parsed(connection.call(*READ))


_TRACES: Final = (keys.SNAPSHOT_NUMBER, keys.RULEBOOK_HEAD, *map(keys.histogram_key, keys.TAGS))
"""Keys of which at least one exists in every store in use, whichever version filled it."""


def _text(format: StoreFormat) -> str:
    return f"{format.number} {format.readable_from}"
