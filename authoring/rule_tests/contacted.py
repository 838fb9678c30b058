"""`contacts:` and `pending:` of a rule test: earlier contacts, and recommendations still pending."""

from typing import Final

from authoring.rule_tests.case import Told
from authoring.rule_tests.reading import Reading, told_time
from engine.domain.events import OUTCOMES
from engine.domain.profile.state import Pending
from engine.domain.times import format_rfc3339
from engine.rulebook.offers import Action, Channel
from engine.rulebook.read.fields import Fields
from engine.rulebook.source import Node

_UNLESS_TOLD: Final = {"sent": "sent", "shown": "impression", "decided": "none"}
"""The default outcome of a contact: the one that makes it a contact on its channel."""


def read_contacts(reading: Reading, test: Fields, at: int) -> tuple[Told, ...]:
    found = (_contact(reading, node, at) for node in test.items("contacts"))
    return tuple(contact for contact in found if contact is not None)


def read_pending(reading: Reading, test: Fields, at: int) -> tuple[Pending, ...]:
    found = (_pending(reading, node, at, number) for number, node in enumerate(test.items("pending")))
    return tuple(pending for pending in found if pending is not None)


def _contact(reading: Reading, node: Node, at: int) -> Told | None:
    fields = Fields(reading.report, node, "a contact of a test", ("action", "channel", "time"), ("outcome",))
    (action, channel), moment = _where(reading, fields), _moment(reading, fields, at)
    outcome = fields.word("outcome", OUTCOMES)
    if action is None or channel is None or moment is None:
        return None
    return Told(action.id, channel.id, moment, outcome or _UNLESS_TOLD[channel.contact])


def _pending(reading: Reading, node: Node, at: int, number: int) -> Pending | None:
    required = ("action", "channel", "time")
    fields = Fields(reading.report, node, "a pending recommendation of a test", required, ("placement",))
    (action, channel), moment = _where(reading, fields), _moment(reading, fields, at)
    if action is None or channel is None or moment is None:
        return None
    expires = moment + action.expires
    if expires <= at:
        message = f"it expired at {format_rfc3339(expires)} and is no longer pending"
        reading.report.error("bad-contact", fields.place_of("time"), message)
    return Pending(
        recommendation_id=f"r-pending-{number}",
        action=action.id,
        rule="",
        channel=channel.id,
        placement=_placement(reading, fields, channel),
        decided=moment,
        expires=expires,
        reserved=action.limited,
    )


def _placement(reading: Reading, fields: Fields, channel: Channel) -> str | None:
    name = fields.text("placement")
    reading.known("placement", name, [one.id for one in channel.placements], fields.place_of("placement"))
    return name or None


def _where(reading: Reading, fields: Fields) -> tuple[Action | None, Channel | None]:
    """The action, and the channel on which it has a text; None for whatever does not exist."""
    book, name, on = reading.book, fields.text("action"), fields.text("channel")
    reading.known("action", name, book.actions, fields.place_of("action"))
    reading.known("channel", on, book.channels, fields.place_of("channel"))
    action, channel = book.actions.get(name), book.channels.get(on)
    if action is not None and channel is not None:
        has = [treatment.channel for treatment in action.treatments]
        if on not in has:
            hint = f"possible: {', '.join(has)}"
            reading.report.error("bad-contact", fields.place_of("channel"), f"{name} has no text for {on}", hint)
    return action, channel


def _moment(reading: Reading, fields: Fields, at: int) -> int | None:
    """Its time in ms: `-3 days`, or a time with its offset."""
    text = fields.text("time")
    moment = reading.time(str(told_time(text, at)), fields.place_of("time")) if text else None
    if moment is not None and moment > at:
        message = "the time is after `at`, when the test decides"
        reading.report.error("bad-contact", fields.place_of("time"), message, "such as -3 days")
    return moment
