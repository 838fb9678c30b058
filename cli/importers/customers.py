"""A table of customers as events: traits, channel addresses, consents; or a suppression list as withdrawals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import orjson

from cli.importers.counts import LOSSES, Dropped, ImportCounts, ImportFailure
from cli.importers.csv_rows import UNKNOWN, Form
from cli.importers.orders import externally_sorted
from cli.importers.tables import Advance, Row, is_parquet, read_csv, read_parquet
from cli.importers.values import clean_text, id_of, label_of, refuse_spreadsheet_error
from engine.domain.times import format_rfc3339
from engine.schemas.base import Refused, Strict
from engine.schemas.fields import Birthday, Language, Zone

FIELDS: Final = ("customer", "channel", "time", "first_name", "birthday", "zone", "language", "interests")
_CHECKED: Final[Mapping[str, Strict]] = {"birthday": Birthday(), "zone": Zone(), "language": Language()}
_YES: Final = frozenset(("1", "yes", "y", "true", "t", "x", "on", "ja", "oui", "si", "sí", "opt-in", "subscribed"))
_NO: Final = frozenset(("0", "no", "n", "false", "f", "off", "nein", "non", "-", "opt-out", "unsubscribed"))
_MANY: Final = str.maketrans("|;", ",,")

Event = tuple[str, dict[str, Any]]
"""The type of an event and its properties."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read.

    `columns`: field -> column; `addresses`, `consents`: channel -> column. `channels`: those that need consent,
    `purposes`: all that a consent may name. `suppression`: each line withdraws the consent for its channel, or all.
    """

    columns: Mapping[str, str]
    addresses: Mapping[str, str]
    consents: Mapping[str, str]
    channels: Sequence[str]
    purposes: Sequence[str]
    read_time: Callable[[object], int]
    time: int | None = None
    suppression: bool = False
    form: Form = UNKNOWN


def events(path: Path, layout: Layout, counts: ImportCounts, advance: Advance, accept_losses: bool) -> Iterator[bytes]:
    """JSON lines of the events, ordered by time. An id is derived from the content, so repeated lines are one event.

    Dropped: missing-columns, no-customer, bad-id, damaged-id, bad-time, bad-channel, spreadsheet-error. TooManyLosses
    above 5 %; a lost line of a suppression list would be a message to someone who wants none, so there it is above 0.
    """
    found = externally_sorted(_read(path, layout, counts, advance))
    unique = list(_unique(found, counts))
    if not accept_losses:
        counts.refuse_losses(0 if layout.suppression else LOSSES)
    for event in unique:
        counts.events += 1
        yield event + b"\n"


def _unique(found: Iterator[Sequence[Any]], counts: ImportCounts) -> Iterator[bytes]:
    seen: set[str] = set()
    for (_, _, text), same in groupby(found, key=tuple):
        counts.notes.update({"repeated events, written once": sum(1 for _ in same) - 1})
        seen.add(orjson.loads(text)["customer"]["id"])
        yield text.encode()
    counts.customers = len(seen)
    counts.notes = +counts.notes


def _read(path: Path, layout: Layout, counts: ImportCounts, advance: Advance) -> Iterator[tuple[int, str, str]]:
    fields = list(layout.columns)
    for number, row in _rows(path, layout, advance, counts):
        counts.read += 1
        try:
            if row is None:
                raise Dropped("missing-columns")
            cells = dict(zip(fields, row, strict=False))
            rest = row[len(fields) :]
            customer = id_of(cells["customer"], "no-customer")
            time = layout.read_time(cells["time"]) if "time" in cells else layout.time or 0
            found = list(_events_of(layout, cells, rest, number, counts))
        except Dropped as dropped:
            counts.drop(dropped, number)
            continue
        for kind, properties in found:
            event = _event(customer, time, kind, properties)
            yield time, event["id"], orjson.dumps(event).decode()


def _rows(path: Path, layout: Layout, advance: Advance, counts: ImportCounts) -> Iterator[Row]:
    wanted = [(name,) for names in (layout.columns, layout.addresses, layout.consents) for name in names.values()]
    if is_parquet(path):
        return read_parquet(path, wanted, advance)
    return read_csv(path, wanted, advance, layout.form, counts)


def _event(customer: str, time: int, kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    content = {"type": kind, "time": format_rfc3339(time), "customer": {"id": customer}, "properties": properties}
    digest = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]
    return {"id": f"customers-{digest}", **content, "decide": "none"}


def _events_of(
    layout: Layout, cells: Mapping[str, Any], rest: Sequence[Any], line: int, counts: ImportCounts
) -> Iterator[Event]:
    if layout.suppression:
        named = clean_text(cells.get("channel", ""))
        if named and named not in layout.channels:
            raise Dropped("bad-channel", f"{named[:40]!r} in the column {layout.columns['channel']!r}")
        for channel in (named,) if named else layout.channels:
            yield _consent(layout, channel, granted=False)
        return
    if traits := _traits(cells, counts):
        yield "identified", {"traits": traits}
    addresses, consents = rest[: len(layout.addresses)], rest[len(layout.addresses) :]
    for (channel, _), cell in zip(layout.addresses.items(), addresses, strict=True):
        refuse_spreadsheet_error(cell)
        if (text := clean_text(cell)) and text.casefold() not in _NO:
            yield "channel_address_added", {"channel": channel}
    for (channel, column), cell in zip(layout.consents.items(), consents, strict=True):
        granted = _is_granted(clean_text(cell).casefold(), column, line)
        if granted is not None:
            yield _consent(layout, channel, granted)


def _consent(layout: Layout, channel: str, granted: bool) -> Event:
    return "consent_changed", {"channel": channel, "purposes": list(layout.purposes), "granted": granted}


def _is_granted(word: str, column: str, line: int) -> bool | None:
    """None where the cell is empty. ImportFailure for an unknown word, since it may be a withdrawal."""
    if not word:
        return None
    if word not in _YES | _NO:
        raise ImportFailure(
            f"line {line:,}, column {column!r}: {word[:40]!r} is neither a consent nor a withdrawal; write yes or no, "
            "or leave the cell empty if nothing is known"
        )
    return word in _YES


def _traits(cells: Mapping[str, Any], counts: ImportCounts) -> dict[str, Any]:
    """Those that the engine takes; the others are left out and counted."""
    traits: dict[str, Any] = {}
    if first_name := label_of(cells.get("first_name", ""), counts):
        traits["first_name"] = first_name
    for name, field in _CHECKED.items():
        if text := clean_text(cells.get(name, "")):
            try:
                traits[name] = field.read(text)
            except Refused as refused:
                counts.notes[f"{name} left out: it {refused}"] += 1
    words = clean_text(cells.get("interests", "")).translate(_MANY).split(",")
    interests = [label for word in words if (label := label_of(word, counts))][:50]
    return traits | ({"interests": interests} if interests else {})
