"""`patron load`: send events from a file to a running service."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

import click
import orjson

from cli.client import Client, Unreachable, detail_of, url_option
from cli.log_file import amounts_option
from cli.output import FOUND, counted, fail, json_option, progress, say, say_json
from cli.snapshots import take_snapshot
from engine.domain.former_words import logged_event
from engine.domain.profile.effects import UNAPPLIED
from engine.schemas.amounts import amounts_of, in_minor_units
from engine.schemas.base import MINOR, UNKNOWN
from engine.schemas.fields import integer_refused

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of one batch; half of what the service accepts."""
SHOWN: Final = 5

Line = tuple[int, bytes]
"""Line number in the file, and the event as it is sent."""


@dataclass(slots=True)
class Loaded:
    """The results. `problems`: the first refused lines; `next_line`: the first line not processed yet.

    `erased`: events skipped by the service, because their customer was erased after them. `duplicate`: stored ones
    that the service had received before; `unapplied`: reason -> stored ones without an effect; `warned`: stored ones
    with warnings, the first of which are in `warnings`.
    """

    stored: int = 0
    refused: int = 0
    erased: int = 0
    duplicate: int = 0
    unapplied: dict[str, int] = field(default_factory=dict)
    warned: int = 0
    next_line: int = 1
    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def store(self, line: int, result: dict[str, Any]) -> None:
        """Counts an event that the service stored."""
        self.stored += 1
        self.duplicate += "duplicate" in result
        if result.get("applied") is False:
            reason = result["reason"]
            self.unapplied[reason] = self.unapplied.get(reason, 0) + 1
        if warnings := result.get("warnings"):
            self.warned += 1
            if len(self.warnings) < SHOWN:
                self.warnings.append({"line": line, "warnings": warnings})

    def refuse(self, line: int, why: str) -> None:
        self.refused += 1
        if len(self.problems) < SHOWN:
            self.problems.append({"line": line, "problem": why})


@click.command("load", short_help="Send a file of events to a running service.")
@click.argument("events", type=click.Path(path_type=Path, allow_dash=True))
@url_option
@click.option(
    "--decide",
    type=click.Choice(["none", "outbound", "keep"]),
    default="none",
    show_default=True,
    help="none: store only, for history; outbound: decide on each event; keep: as set in each event.",
)
@click.option(
    "--batch",
    "--batch-size",
    "batch",
    type=click.IntRange(1, 10_000),
    default=500,
    show_default=True,
    help="Events per request.",
)
@click.option(
    "--from-line",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="First line to send, to resume an interrupted load.",
)
@click.option(
    "--key", envvar="PATRON_API_KEY", show_envvar=True, help="API key with the scope events, and admin for tiers."
)
@amounts_option
@json_option
def load_command(events: Path, url: str, key: str | None, as_json: bool, batch: int, **which: Any) -> None:
    """Send a file of EVENTS (JSON lines; - is standard input) to a running service.

    If the service is busy (503) or restarts, the batch is sent again; the service recognises the newest 64 events and
    32 orders of a customer as repeats. Load a longer history only once; if it is interrupted, the error names the line
    to resume from. At the end the command takes a snapshot, so that tiers are up to date.

    \b
    Example:
      patron load events.jsonl --url http://127.0.0.1:8080

    Exit codes: 0 all stored, 1 some refused, 2 invalid arguments, an unreadable file, or the service is not reachable.
    """
    client, loaded, began = Client(url, key), Loaded(), time.monotonic()
    try:
        with ExitStack() as stack:
            file = sys.stdin.buffer if str(events) == "-" else stack.enter_context(events.open("rb"))
            total = events.stat().st_size if events.is_file() else None
            advance = stack.enter_context(progress(f"loading {events.name}", total))
            for lines, read in _batches(_lines(file, loaded, **which), batch):
                _send(client, lines, loaded)
                loaded.next_line = lines[-1][0] + 1
                advance(read)
        snapshot = _snapshot(client, loaded)
    except OSError as error:
        fail(f"{events} cannot be read: {error.strerror}")
    except Unreachable as error:
        fail(f"{error}; {_so_far(loaded)}")
    finally:
        client.close()
    _print(loaded, snapshot, time.monotonic() - began, as_json)
    if loaded.refused:
        sys.exit(FOUND)


def _lines(file: BinaryIO, loaded: Loaded, decide: str, from_line: int, amounts: str) -> Iterator[Line]:
    """The events with `decide` set; lines that are not JSON are refused here."""
    for number, raw in enumerate(file, 1):
        line = raw.strip()
        if not line or number < from_line:
            continue
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            loaded.refuse(number, f"not JSON: {error.msg}")
            continue
        if not isinstance(event, dict):
            yield number, line
            continue
        event = logged_event(event)
        _with_units(event, number, loaded, amounts)
        yield number, orjson.dumps(event if decide == "keep" else {**event, "decide": decide})


def _with_units(event: dict[str, Any], number: int, loaded: Loaded, amounts: str) -> None:
    """Whole numbers of money as the service reads them; ends the command while nobody says what they count."""
    if amounts == MINOR:
        in_minor_units(event)
    elif amounts == UNKNOWN:
        for sent in amounts_of(event):
            if sent.is_integer:
                fail(f"line {number}: {sent.pointer} {integer_refused(sent.holder[sent.name])}; {_so_far(loaded)}")


def _batches(lines: Iterator[Line], at_most: int) -> Iterator[tuple[list[Line], int]]:
    """Batches of bounded count and bytes, each with the bytes so far."""
    chunk: list[Line] = []
    size = read = 0
    for line in lines:
        if chunk and (len(chunk) == at_most or size + len(line[1]) > MAX_BYTES):
            yield chunk, read
            chunk, size = [], 0
        chunk.append(line)
        size += len(line[1]) + 1
        read += len(line[1]) + 1
    if chunk:
        yield chunk, read


def _send(client: Client, lines: list[Line], loaded: Loaded) -> None:
    """One batch; halved if it is too large for the service."""
    body = b"\n".join(line for _, line in lines)
    status, answer = client.post("/v1/events:batch", body, "application/x-ndjson")
    if status == HTTPStatus.OK and isinstance(answer, dict) and "results" in answer:
        _count(client, lines, answer["results"], loaded)
    elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(lines) > 1:
        middle = len(lines) // 2
        _send(client, lines[:middle], loaded)
        _send(client, lines[middle:], loaded)
    else:
        _give_up(status, answer, lines, loaded)


def _count(client: Client, lines: list[Line], results: list[dict[str, Any]], loaded: Loaded) -> None:
    """Count stored and refused events; those refused with 503 are sent again, one by one."""
    for result in results:
        number, line = lines[result["line"] - 1]
        problem = result.get("problem", {})
        if result["status"] == "stored":
            loaded.store(number, result)
        elif result["status"] == "erased":
            loaded.erased += 1
        elif problem.get("status") == HTTPStatus.SERVICE_UNAVAILABLE:
            status, answer = client.post("/v1/events", line)
            if status == HTTPStatus.OK and isinstance(answer, dict):
                loaded.store(number, answer)
            else:
                loaded.refuse(number, detail_of(answer))
        else:
            loaded.refuse(number, detail_of(problem))


def _give_up(status: int, answer: Any, lines: list[Line], loaded: Loaded) -> NoReturn:
    where = f"lines {lines[0][0]} to {lines[-1][0]}"
    fail(f"the service answered {status} to {where}: {detail_of(answer)}; {_so_far(loaded)}")


def _so_far(loaded: Loaded) -> str:
    return f"{loaded.stored:,} events are stored; resume with --from-line {loaded.next_line}"


def _snapshot(client: Client, loaded: Loaded) -> dict[str, Any] | None:
    """A new snapshot; None if nothing was loaded, or the key lacks the scope admin."""
    if not loaded.stored:
        return None
    return take_snapshot(client)


def _print(loaded: Loaded, snapshot: dict[str, Any] | None, seconds: float, as_json: bool) -> None:
    if as_json:
        names = ("stored", "refused", "erased", "duplicate", "unapplied", "warned", "problems", "warnings")
        counts = {name: getattr(loaded, name) for name in names}
        say_json({**counts, "snapshot": snapshot, "seconds": round(seconds, 2)})
        return
    say(f"{loaded.stored:,} events stored, {loaded.refused:,} refused in {seconds:.1f} s")
    for problem in loaded.problems:
        click.echo(f"  line {problem['line']}: {problem['problem']}", err=True)
    if loaded.refused > len(loaded.problems):
        click.echo(f"  and {loaded.refused - len(loaded.problems):,} more", err=True)
    if loaded.erased:
        say(f"{loaded.erased:,} skipped: their customers were erased after them")
    if loaded.duplicate:
        say(f"{loaded.duplicate:,} of them had been received before")
    _print_warnings(loaded)
    for reason, count in loaded.unapplied.items():
        say(f"{count:,} of them had no effect ({reason}): {UNAPPLIED.get(reason, '')}")
    if snapshot is not None:
        customers = counted(snapshot.get("customers", 0), "customer")
        say(f"tiers are up to date: snapshot {snapshot['number']} of {customers}")
    elif loaded.stored:
        say("tiers are updated by the next hourly snapshot; with the scope admin the key could take one now")


def _print_warnings(loaded: Loaded) -> None:
    if not loaded.warned:
        return
    say(f"{loaded.warned:,} of them have warnings; the first:")
    for warned in loaded.warnings:
        say(f"  line {warned['line']}: {warned['warnings'][0]}")
