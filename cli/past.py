"""The decision for a customer at a moment of a log, which is replayed up to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from cli.log_file import read_items
from cli.output import FOUND, fail
from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision
from engine.domain.errors import NotFound
from engine.domain.events import NONE, OUTBOUND, DecisionRequest, Event, Placed, customer_ref
from engine.domain.trigger import INACTIVE, REQUESTED, Trigger, of_due
from engine.schemas.base import UNKNOWN
from explain import Known
from runtime.replay import Item, Replay, time_of
from service import reading, replies
from service.explanation import then_known
from service.handle_request import known, look

LAST: Final = "last"
TRIGGERS: Final = (REQUESTED, INACTIVE, LAST)
"""Triggers to explain: a request, an inactivity timer, or the customer's last event."""


@dataclass(frozen=True, slots=True)
class PastMoment:
    """A customer key, a time (ms; None: the end of the log), and the trigger; `amounts`: see `cli.log_file`."""

    customer: str
    at: int | None
    trigger: str
    placements: tuple[str, ...] = ()
    amounts: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the log, or one made at its moment. `known` None: nothing is known but the decision."""

    decision: Decision
    known: Known | None = None


def decided_at(moment: PastMoment, file: Path, compiled: Compiled) -> Decided:
    """The decision at this moment of the log. Ends the command where there is none."""
    replayer = Replay(compiled, with_inputs=moment.trigger == LAST)
    items = _until(moment.at, read_items(file, compiled.rulebook.shop, amounts=moment.amounts))
    if moment.trigger == LAST:
        return _last(moment, list(items), replayer, file)
    for _ in replayer.run(items):
        pass  # earlier decisions are in the customer's profile
    for _ in replayer.due_until(moment.at):
        pass
    replayer.advance(moment.at)
    try:
        reading.customer(moment.customer, replayer.work)
    except NotFound:
        _unseen(moment, file)
    if moment.trigger == INACTIVE:
        on = of_due(moment.customer, INACTIVE, replayer.now)
    else:
        placed = tuple(Placed(name) for name in moment.placements)
        on = Trigger(REQUESTED, "request/explain", moment.customer, None, placed)
    return Decided(look(on, replayer.work).decision, known(on, replayer.work))


def _until(at: int | None, items: Iterator[Item]) -> Iterator[Item]:
    """The items up to and including a moment: a log is ordered by time."""
    for item in items:
        time = time_of(item)
        if at is not None and time is not None and time > at:
            return
        yield item


def _last(moment: PastMoment, items: list[Item], replayer: Replay, file: Path) -> Decided:
    """The decision on the customer's last event, even where the log says to only store it."""
    places = [place for place, item in enumerate(items) if _is_of(moment.customer, item)]
    if not places:
        _unseen(moment, file)
    item = items[places[-1]]
    for _ in replayer.run(items[: places[-1]]):
        pass
    for _ in replayer.due_until(time_of(item)):
        pass
    if isinstance(item, Event) and item.decide == NONE:
        item = replace(item, decide=OUTBOUND)
    reply = replayer.handle(item)
    if not isinstance(reply, replies.Decided):
        fail(f"the last event of {_shown(moment.customer)} in {file} leads to no decision", FOUND)
    made = reading.record_of(reply.decision.decision_id, replayer.work).inputs
    return Decided(reply.decision, then_known(made, replayer.live) if made else None)


def _unseen(moment: PastMoment, file: Path) -> NoReturn:
    when = "" if moment.at is None else " up to --at"
    fail(f"no event of {_shown(moment.customer)} in {file}{when}", FOUND)


def _is_of(customer: str, item: Item) -> bool:
    return isinstance(item, Event | DecisionRequest) and item.customer == customer


def _shown(customer: str) -> Any:
    (name,) = customer_ref(customer).values()
    return name
