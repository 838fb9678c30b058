"""The service of a process: the store, the active configuration, the clock. It begins units of work.

The operations are in the handlers, each a function over a unit of work: `handle_event`, `handle_request`,
`handle_timer`, `outcomes`, `reading`, `figures`.
"""

from collections.abc import Callable

from service.answers import Answers
from service.live import Live
from service.ports import Clock, Store
from service.reproducing import Former
from service.unit_of_work import UnitOfWork


class Service:
    """One instance per process; threads may share everything it holds.

    `live` returns the current rulebook and snapshot. They may be swapped at any time, so a call gets them once and
    keeps them to its end. An anonymous profile is deleted `anonymous_days` after its last change. Decisions can be
    reproduced where records are kept `with_inputs`.
    """

    def __init__(
        self,
        store: Store,
        live: Callable[[], Live],
        clock: Clock,
        anonymous_days: int = 30,
        *,
        with_inputs: bool = True,
    ) -> None:
        self.store = store
        self.live = live
        self.clock = clock
        self.former = Former(store, live)
        self.answers = Answers(store)
        self._anonymous_days = anonymous_days
        self._with_inputs = with_inputs

    def begin(self, live: Live | None = None, now: int | None = None) -> UnitOfWork:
        """A unit of work, on the current configuration unless the caller passes one."""
        now = self.clock() if now is None else now
        return UnitOfWork(self.store, self._anonymous_days, live or self.live(), now, self._with_inputs)
