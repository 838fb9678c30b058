"""The unit of work: the context of one call of the service."""

from dataclasses import dataclass

from engine.domain.events import is_anonymous
from engine.domain.quick import quick
from engine.rulebook.model import Rulebook
from service.live import Live
from service.ports import Store


@quick
@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The context of one call from beginning to end: the store, the active configuration, the time (ms).

    The rules may be swapped meanwhile: timers and counters must still follow from those that decided. An
    anonymous profile is deleted after this many days without a change. Records are kept `with_inputs`, so that their
    decisions can be reproduced, or without.
    """

    store: Store
    anonymous_days: int
    live: Live
    now: int
    with_inputs: bool = True

    def days(self, customer: str) -> int | None:
        """How long the profile of this customer is kept without a change; None: for ever."""
        return self.anonymous_days if is_anonymous(customer) else None

    def at(self, now: int) -> "UnitOfWork":
        """The same at another moment (ms)."""
        return UnitOfWork(self.store, self.anonymous_days, self.live, now, self.with_inputs)

    @property
    def book(self) -> Rulebook:
        """The rulebook that decides."""
        return self.live.compiled.rulebook
