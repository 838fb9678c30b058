"""A store whose round trips fail, or in the middle of which something else happens, where a test says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.domain.errors import StateUnavailable
from service.ports import Store


class FlakyStore:
    """Any store. Nothing fails until `at` is called; then the round trip with that number does, counted from there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left = 0
        self._before: Callable[[], None] | None = None
        self._after: Callable[[], None] | None = None
        self.ledger = _Watched(store.ledger, self)

    def at(self, trip: int, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None) -> None:
        """Before (or after) this round trip, 1 for the next, this is done, once."""
        self._left, self._before, self._after = trip, before, after

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Round trips in this block do not count."""
        left, self._left = self._left, 0
        try:
            yield
        finally:
            self._left = left

    def calm(self) -> None:
        """Nothing more happens."""
        self._left = 0

    def passed(self, call: Callable[..., Any], *args: Any) -> Any:
        """One round trip."""
        self._left -= 1
        if self._left != 0:
            return call(*args)
        if self._before:
            self._before()
        answer = call(*args)
        if self._after:
            self._after()
        return answer

    def __getattr__(self, name: str) -> Any:
        return _watched(getattr(self._store, name), self)


class _Watched:
    def __init__(self, ledger: Any, store: FlakyStore) -> None:
        self._ledger = ledger
        self._by = store

    def __getattr__(self, name: str) -> Any:
        return _watched(getattr(self._ledger, name), self._by)


def _watched(attribute: Any, store: FlakyStore) -> Any:
    return lambda *args: store.passed(attribute, *args)


def no_answer() -> None:
    """What a round trip that fails does."""
    raise StateUnavailable("no answer within 50 ms")
