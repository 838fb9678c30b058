"""Remembered ids: the newest ids of a customer's events and outcomes, each with a fingerprint of its content.

A repeated id with the same content is a repetition; with other content it is a mistake of the sender. Fingerprints
have 2 bytes, so one in 65,535 mistakes is taken for a repetition. `UNKNOWN` equals every other: ids of outcomes,
ids stored by earlier versions, and ids whose fingerprints another version of the algorithm made.

Stored are the ids in one section and the fingerprints in another: a version byte, the newest id at that moment, then
2 bytes per id. Earlier versions keep that section unchanged while they add ids; the newest id tells how many.
"""

from typing import Final
from zlib import crc32

from engine.domain.profile.state import SEEN_KEPT, Profile

ID: Final = 6
FINGERPRINT: Final = 2
UNKNOWN: Final = 0
_UNKNOWN: Final = bytes(FINGERPRINT)
VERSION: Final = 1
"""Of the content that is digested, and how: raise it when either changes."""


def fingerprint(content: bytes) -> int:
    """The fingerprint of an event's content, 1 to 65,535; never `UNKNOWN`."""
    return int(crc32(content) % (2 ** (8 * FINGERPRINT) - 1)) + 1


def was_seen(profile: Profile, digest: bytes) -> bool:
    """Whether this id is remembered."""
    return _position(profile.seen, digest) >= 0


def has_other_content(profile: Profile, digest: bytes, content: int) -> bool:
    """Whether this id is remembered with another fingerprint than `content`."""
    at = _position(profile.seen, digest)
    if at < 0 or content == UNKNOWN:
        return False
    last = (len(profile.seen) - at) // ID * FINGERPRINT
    known = profile.fingerprints[-last:][:FINGERPRINT] if last <= len(profile.fingerprints) else _UNKNOWN
    return known not in (_UNKNOWN, content.to_bytes(FINGERPRINT, "big"))


def remembered(profile: Profile, digest: bytes, content: int = UNKNOWN) -> dict[str, bytes]:
    """The profile's fields after one more id; the oldest beyond `SEEN_KEPT` is forgotten."""
    return {
        "seen": (profile.seen + digest)[-ID * SEEN_KEPT :],
        "fingerprints": _without_unknown(
            (profile.fingerprints + content.to_bytes(FINGERPRINT, "big"))[-FINGERPRINT * SEEN_KEPT :]
        ),
    }


def merged(known: Profile, other: Profile) -> dict[str, bytes]:
    """The newest ids of both by turns, so that neither pushes the other out."""
    mine, theirs = _pairs(known), _pairs(other)
    newest_first: dict[bytes, bytes] = {}
    while mine or theirs:
        for ids in (mine, theirs):
            if ids:
                newest_first.setdefault(*ids.pop())
    kept = list(newest_first.items())[:SEEN_KEPT][::-1]
    contents = b"".join(content for _, content in kept)
    return {"seen": b"".join(digest for digest, _ in kept), "fingerprints": _without_unknown(contents)}


def to_section(profile: Profile) -> bytes:
    """The stored fingerprints; nothing where none is known."""
    known = profile.fingerprints
    return bytes((VERSION,)) + profile.seen[-ID:] + known if known else b""


def of_section(stored: bytes, seen: bytes) -> bytes:
    """The fingerprints of these ids: `UNKNOWN` for those added or made by another version."""
    if stored[:1] != bytes((VERSION,)):
        return b""
    newest, known = stored[1 : 1 + ID], stored[1 + ID :]
    if seen.endswith(newest):
        return known
    at = _position(seen, newest)
    if at < 0:
        return b""
    later = len(seen) // ID - at // ID - 1
    return _without_unknown((known + _UNKNOWN * later)[-FINGERPRINT * (len(seen) // ID) :])


def _position(seen: bytes, digest: bytes) -> int:
    """Where the id begins; -1 if it is not there."""
    at = seen.find(digest)
    while at >= 0 and at % ID:
        at = seen.find(digest, at + 1)
    return at


def _without_unknown(fingerprints: bytes) -> bytes:
    """The one form of the same fingerprints: without unknown ones at the front, whose ids are then alone."""
    known = fingerprints.lstrip(b"\0")
    return known if len(known) % FINGERPRINT == 0 else b"\0" + known


def _pairs(profile: Profile) -> list[tuple[bytes, bytes]]:
    """Each id and its fingerprint, the oldest first."""
    ids = [profile.seen[at : at + ID] for at in range(0, len(profile.seen), ID)]
    known = profile.fingerprints.rjust(len(ids) * FINGERPRINT, b"\0")
    return [(digest, known[n * FINGERPRINT :][:FINGERPRINT]) for n, digest in enumerate(ids)]
