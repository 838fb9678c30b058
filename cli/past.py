"""What would be decided for a customer at a moment of a log: the log is replayed until then."""

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
from engine.domain.trigger import OVERDUE, Occasion, of_due
from explain import Known
from runtime.replay import Item, Replay, time_of
from service import reading, replies
from service.explanation import then_known
from service.handle_request import known, look

ASKED: Final = "asked"
LAST: Final = "last"
TRIGGERS: Final = (ASKED, OVERDUE, LAST)
"""What somebody may want explained: a request, a look because of the silence, or what the customer did last."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Whom and when to look at: a customer key, a time (ms; None: the end of the log), and as what."""

    customer: str
    at: int | None
    trigger: str
    placements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the log, or one that would be made. `known` None: nothing is known but the decision."""

    decision: Decision
    known: Known | None = None


def decided_at(moment: Moment, file: Path, compiled: Compiled) -> Decided:
    """The decision at this moment of the log. Ends the verb where there is none."""
    player = Replay(compiled, with_inputs=moment.trigger == LAST)
    items = _until(moment.at, read_items(file, compiled.rulebook.shop))
    if moment.trigger == LAST:
        return _last(moment, list(items), player, file)
    for _ in player.run(items):
        pass  # what was decided before is in the customer's profile
    for _ in player.due_until(moment.at):
        pass
    player.advance(moment.at)
    try:
        reading.customer(moment.customer, player.work)
    except NotFound:
        _unseen(moment, file)
    if moment.trigger == OVERDUE:
        on = of_due(moment.customer, OVERDUE, player.now)
    else:
        placed = tuple(Placed(name) for name in moment.placements)
        on = Occasion(ASKED, "request/explain", moment.customer, None, placed)
    return Decided(look(on, player.work).decision, known(on, player.work))


def _until(at: int | None, items: Iterator[Item]) -> Iterator[Item]:
    """The items up to a moment, itself included: a log is in the order of time."""
    for item in items:
        time = time_of(item)
        if at is not None and time is not None and time > at:
            return
        yield item


def _last(moment: Moment, items: list[Item], player: Replay, file: Path) -> Decided:
    """What was decided on what the customer did last; what the log only stores is decided on here."""
    places = [place for place, item in enumerate(items) if _is_of(moment.customer, item)]
    if not places:
        _unseen(moment, file)
    item = items[places[-1]]
    for _ in player.run(items[: places[-1]]):
        pass
    for _ in player.due_until(time_of(item)):
        pass
    if isinstance(item, Event) and item.decide == NONE:
        item = replace(item, decide=OUTBOUND)
    reply = player.handle(item)
    if not isinstance(reply, replies.Decided):
        fail(f"nothing can be decided on the last that {_shown(moment.customer)} does in {file}", FOUND)
    made = reading.record_of(reply.decision.decision_id, player.work).inputs
    return Decided(reply.decision, then_known(made, player.live) if made else None)


def _unseen(moment: Moment, file: Path) -> NoReturn:
    when = "" if moment.at is None else " until then"
    fail(f"{_shown(moment.customer)} does nothing in {file}{when}", FOUND)


def _is_of(customer: str, item: Item) -> bool:
    return isinstance(item, Event | DecisionRequest) and item.customer == customer


def _shown(customer: str) -> Any:
    (name,) = customer_ref(customer).values()
    return name
