"""The rulebooks that were published, in Redis: four keys in one slot, changed by one script."""

from typing import Final

from service.ports import Head
from storage import keys
from storage.connection import Command, Connection, script

_PUBLISH: Final = script("publish.lua")
_KEYS: Final = (keys.RULEBOOK_HEAD, keys.RULEBOOK_ENTRIES, keys.RULEBOOK_DIGESTS, keys.RULEBOOK_FILES)


READ_HEAD: Final[Command] = ("GET", keys.RULEBOOK_HEAD)


def parsed_head(reply: bytes | None) -> Head:
    """The reply to `READ_HEAD`."""
    if reply is None:
        return Head()
    number, _, digest = reply.decode().partition(" ")
    return Head(int(number), digest)


class RedisRevisions:
    """The port `service.ports.Revisions` on Redis."""

    def __init__(self, connection: Connection, kept: int) -> None:
        self._connection = connection
        self._kept = kept

    def head(self) -> Head:
        """What was published last; one GET."""
        return parsed_head(self._connection.call(*READ_HEAD))

    def put(self, after: Head, entry: bytes, digest: str, files: bytes) -> bool:
        """Store files and entry under the next number; False when somebody published in between."""
        follows = f"{after.number} {after.digest}"
        return bool(self._connection.run(_PUBLISH, _KEYS, (follows, entry, digest, files, self._kept)))

    def entries(self) -> list[bytes]:
        """Newest first."""
        found = self._connection.call("HGETALL", keys.RULEBOOK_ENTRIES)
        return [found[number] for number in sorted(found, key=int, reverse=True)]

    def files(self, digest: str) -> bytes | None:
        """The files with this digest, None when no entry that is kept has them."""
        stored: bytes | None = self._connection.call("HGET", keys.RULEBOOK_FILES, digest)
        return stored
