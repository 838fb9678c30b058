"""The chain of a customer's records, newest first, so that all of them are found without an index.

What is stored of a profile and of a record begins with its *heads*: one byte of length, then the newest record before
it. Records without a recommendation are kept for a shorter time and would tear the chain when they expire, so they
hang on one of their own: the heads are the ids of both, with a zero byte in between. Each chain ends at the first
record that is gone, because all older ones on it went before.
"""

from collections.abc import Callable, Iterator

Heads = tuple[str, str]
"""The newest record of each chain, kept long and kept short; "" where there is none."""


def heads_of(stored: bytes) -> Heads:
    """The heads at the start of a stored value."""
    if not stored:
        return "", ""
    long, _, short = stored[1 : 1 + stored[0]].decode().partition("\0")
    return long, short


def without_heads(stored: bytes) -> bytes:
    """The value after the heads."""
    return stored[1 + stored[0] :]


def walk(heads: Heads, read: Callable[[str], bytes | None]) -> Iterator[bytes]:
    """The records of both chains, newest first; `read` returns the stored value of an id, heads included."""
    long, short = heads
    of_long, of_short = _read(long, read), _read(short, read)
    while of_long is not None or of_short is not None:
        if of_short is None or (of_long is not None and heads_of(of_long)[1] == short):
            assert of_long is not None
            yield without_heads(of_long)  # it was written when `short` was there already
            long = heads_of(of_long)[0]
            of_long = _read(long, read)
        else:
            yield without_heads(of_short)
            short = heads_of(of_short)[1]
            of_short = _read(short, read)


def _read(id_: str, read: Callable[[str], bytes | None]) -> bytes | None:
    return read(id_) if id_ else None
