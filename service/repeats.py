"""Repeated ids: the same content gets the first answer again, other content under a known id is refused.

An id is recognised among the newest 64 of its customer, and as long as the record of its decision is kept.
"""

from typing import Final

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import Event
from engine.domain.ids import digest6
from engine.domain.profile import Profile, effects
from engine.domain.profile.apply import is_erased
from engine.domain.profile.seen import has_other_content, was_seen
from engine.domain.trigger import Trigger
from service.records import DecisionRecord
from service.replies import Acknowledged, Decided

REUSED: Final = "id-reused"


def known_already(event: Event, have: Profile) -> Acknowledged | None:
    """The answer to an event that must not be applied: older than its customer's erasure, or repeated.

    InvalidInput if its id was received with other content.
    """
    if is_erased(have, event):
        return Acknowledged(event.id, unapplied=effects.ERASED)
    digest = digest6(event.id)
    if not was_seen(have, digest):
        return None
    refuse_other_content(event, have)
    return Acknowledged(event.id, duplicate=True)


def refuse_other_content(event: Event, have: Profile) -> None:
    """InvalidInput if the event's id was received with other content."""
    if has_other_content(have, digest6(event.id), event.fingerprint):
        raise _reused("/id", "this id was received before with other content; send a new id for each event")


def first_answer(record: DecisionRecord, on: Trigger, have: Profile | None) -> Decided:
    """The first answer to a repeated id. InvalidInput if content or placements were others then."""
    if on.event is not None and have is not None:
        refuse_other_content(on.event, have)
    if _others(record, on):
        name = "/request_id" if on.event is None else "/id"
        raise _reused(name, "this id was received before for other placements; send a new id")
    return Decided(record.decision, duplicate=True)


def _others(record: DecisionRecord, on: Trigger) -> bool:
    """Whether other placements were asked for. Records without inputs do not tell how many were to be filled."""
    if record.inputs is not None:
        return {*record.inputs.on.placements} != {*on.placements}
    then = {result.placement for result in record.answer.results if result.placement is not None}
    return then != {placed.id for placed in on.placements}


def _reused(pointer: str, message: str) -> InvalidInput:
    return InvalidInput((Problem(pointer, REUSED, message),))
