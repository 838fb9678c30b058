"""channels.yaml: channels with their text fields and placements."""

from collections.abc import Iterable, Sequence

from engine.rulebook.offers import Channel, ChannelField, Placement
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids, dotted_name
from engine.rulebook.read.texts import read_texts, warn_of_missing_languages
from engine.rulebook.read.words import CONTACTS, ESCAPES
from engine.rulebook.source import Node

LONGEST_FIELD = 20_000
MOST_PER_PLACEMENT = 50

_REQUIRED = ("channel", "contact", "consent", "address", "outbound", "escape", "fields")


def read_channels(context: Context, node: Node) -> dict[str, Channel]:
    top = Fields(context.report, node, "channels.yaml", ("channels",))
    channels: dict[str, Channel] = {}
    channel_ids, placement_ids = Ids(context.report, "channel"), Ids(context.report, "placement")
    for item in top.items("channels", at_least=1):
        channel = _channel(context, item, placement_ids)
        channel_ids.add(channel.id, item.place)
        channels[channel.id] = channel
    return channels


def placements_of(channels: Iterable[Channel]) -> dict[str, Placement]:
    return {placement.id: placement for channel in channels for placement in channel.placements}


def _channel(context: Context, node: Node, placement_ids: Ids) -> Channel:
    fields = Fields(context.report, node, "a channel", _REQUIRED, ("placements",))
    name = fields.id("channel")
    text_fields = tuple(_field(context, name, entry.node) for name, entry in fields.entries("fields"))
    if "fields" in fields and not text_fields:
        context.report.error("empty-list", fields.place_of("fields"), "a channel needs at least one text field")
    placements = [_placement(context, item, name, text_fields) for item in fields.items("placements")]
    for placement, item in zip(placements, fields.items("placements"), strict=True):
        placement_ids.add(placement.id, item.place)
    address = fields.id("address")
    return Channel(
        id=name,
        contact=fields.word("contact", CONTACTS),
        consent=fields.boolean("consent", True),
        address=None if address == "none" else address,
        outbound=fields.boolean("outbound"),
        escape=fields.word("escape", ESCAPES),
        fields=text_fields,
        placements=tuple(placements),
    )


def _field(context: Context, name: str, node: Node) -> ChannelField:
    fields = Fields(context.report, node, f"the field {name}", ("max",), ("optional",))
    return ChannelField(name, fields.whole("max", 1, LONGEST_FIELD, LONGEST_FIELD), not fields.boolean("optional"))


def _placement(context: Context, node: Node, channel: str, text_fields: Sequence[ChannelField]) -> Placement:
    fields = Fields(context.report, node, "a placement", ("placement", "at_most", "fallback"))
    name = fields.text("placement")
    if name:
        dotted_name(context.report, name, fields.place_of("placement"))
    fallback = fields.node("fallback")
    texts = read_texts(context, fallback, text_fields, placeholders=False) if fallback else {}
    if texts and fallback:
        warn_of_missing_languages(context, texts, fallback.place, f"the fallback of {name}")
    return Placement(name, channel, fields.whole("at_most", 1, MOST_PER_PLACEMENT, 1), texts)
