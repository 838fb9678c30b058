"""Answers kept under a key of the sender, for requests without an id of their own: executed once, answered alike.

While a request is in progress, its key is taken; if the process dies, the key becomes free after `TAKEN_SECONDS`.
Server errors (500 and above) are not kept, so that the request can be retried.
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from engine.domain.errors import InFlight, KeyReused, StateUnavailable
from service.ports import Store

TAKEN_SECONDS: Final = 60
"""Longer than any request."""
KEPT_SECONDS: Final = 24 * 3600
FAILED: Final = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a sender: HTTP status, content type, body. `replayed`: kept from an earlier request."""

    status: int
    content_type: str
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its sender, its key, and a digest of everything it asks for."""

    caller: str
    key: str
    digest: str

    @property
    def name(self) -> str:
        """The key of its answer: one per caller and key, whatever characters they have."""
        return sha256(f"{self.caller}\0{self.key}".encode()).hexdigest()


class Answers:
    """The answers kept in a store. Safe for concurrent use by threads and processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def once(self, call: Call, carry_out: Callable[[], Answer]) -> Answer:
        """The answer that is kept, or that of `carry_out`; of concurrent callers, one carries it out.

        Raises KeyReused when the key came with another request, and InFlight while that one is in progress.
        """
        earlier = self._store.remember(call.name, orjson.dumps({"digest": call.digest}), TAKEN_SECONDS)
        if earlier is not None:
            return _replayed(call, earlier)
        answer = carry_out()
        with suppress(StateUnavailable):  # it is done: return the answer; the key becomes free at its expiry
            self._settle(call, answer)
        return answer

    def _settle(self, call: Call, answer: Answer) -> None:
        if answer.status >= FAILED:
            self._store.forget(call.name)
        else:
            self._store.replace(call.name, _packed(call, answer), KEPT_SECONDS)


def _packed(call: Call, answer: Answer) -> bytes:
    head = {"digest": call.digest, "status": answer.status, "content_type": answer.content_type}
    return orjson.dumps(head) + b"\n" + zlib.compress(answer.body, 1)


def _replayed(call: Call, kept: bytes) -> Answer:
    head, _, body = kept.partition(b"\n")
    stored: dict[str, Any] = orjson.loads(head)
    if stored["digest"] != call.digest:
        raise KeyReused("this Idempotency-Key was used for another request; use a new key for each request")
    if "status" not in stored:
        raise InFlight("the request with this Idempotency-Key is still in progress; try again shortly")
    return Answer(stored["status"], stored["content_type"], zlib.decompress(body), replayed=True)
