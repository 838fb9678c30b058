"""The published rulebooks: their metadata, storage, and names."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from engine.domain.errors import InvalidInput, NotFound, Problem
from engine.domain.times import format_rfc3339
from engine.rulebook.bundle import Bundle, pack, unpack
from service.ports import Head, Revisions

_HEX: Final = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})")
_NUMBER: Final = re.compile(r"[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Publication:
    """One entry of the history.

    `revision`: of the content; `digest`: of all files, byte for byte. `at`: ms. `key`: the API key used,
    "" without keys. `restores`: for a rollback, the number of the earlier publication. `nonce`
    makes each unique.
    """

    number: int
    revision: str
    digest: str
    at: int
    author: str
    message: str
    key: str = ""
    restores: int | None = None
    nonce: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "number": self.number,
            "revision": self.revision,
            "at": format_rfc3339(self.at),
            "author": self.author,
            "message": self.message,
            "key": self.key or None,
            "restores": self.restores,
        }


def put(revisions: Revisions, after: Head, publication: Publication, files: Bundle) -> bool:
    """Store it; False when somebody published in between."""
    marked = orjson.dumps({**asdict(publication), "nonce": secrets.token_hex(8)})
    return revisions.put(after, marked, publication.digest, pack(files))


def history(revisions: Revisions) -> list[Publication]:
    """All that are kept, newest first."""
    return [Publication(**orjson.loads(entry)) for entry in revisions.entries()]


def latest(revisions: Revisions, head: Head) -> Publication | None:
    """The entry of this head; None when it is not there (any more)."""
    return next((one for one in history(revisions) if one.number == head.number), None)


def files_of(revisions: Revisions, digest: str) -> dict[str, bytes]:
    """The files by their digest. NotFound when they are no longer kept."""
    packed = revisions.files(digest)
    if packed is None:
        raise NotFound("the files of this revision are no longer stored")
    return unpack(packed)


def named(name: str, among: Sequence[Publication], pointer: str) -> Publication:
    """The newest publication with this number (`12`) or revision, of which 8 hex digits suffice.

    InvalidInput (`pointer`) if neither or ambiguous; NotFound where there is none.
    """
    if _NUMBER.fullmatch(name):
        found = [one for one in among if one.number == int(name)]
    elif digits := _HEX.fullmatch(name):
        found = [one for one in among if one.revision.startswith(f"sha256:{digits[1]}")]
    else:
        detail = "must be a number such as 12, or a revision such as sha256:1a2b3c4d (8 digits or more)"
        raise InvalidInput((Problem(pointer, "revision", detail),))
    if not found:
        raise NotFound(f"there is no published rulebook {name}; `patron rulebook history` lists them")
    if len({one.revision for one in found}) > 1:
        raise InvalidInput((Problem(pointer, "ambiguous", f"{name} matches several revisions; write more digits"),))
    return found[0]
