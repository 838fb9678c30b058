"""`patron load`: events from a file into a running service."""

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

from cli.client import Client, Unreachable, detail_of
from cli.output import FOUND, fail, json_option, progress, say, say_json
from cli.snapshots import take_snapshot

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of one batch; half of what the service takes."""
SHOWN: Final = 5

Line = tuple[int, bytes]
"""Line number in the file, and the event as it is sent."""


@dataclass(slots=True)
class Loaded:
    """What became of the lines. `problems`: the first refused ones; `next_line`: the first that is not dealt with.

    `erased`: left out by the service, because the customer was erased after the event.
    """

    stored: int = 0
    refused: int = 0
    erased: int = 0
    next_line: int = 1
    problems: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, why: str) -> None:
        self.refused += 1
        if len(self.problems) < SHOWN:
            self.problems.append({"line": line, "problem": why})


@click.command("load", short_help="Send a file of events to a running service.")
@click.argument("events", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the service listens.")
@click.option(
    "--decide",
    type=click.Choice(["none", "outbound", "keep"]),
    default="none",
    show_default=True,
    help="none: history, store only; outbound: decide on each event; keep: as each event says.",
)
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Events per request.")
@click.option("--from-line", type=click.IntRange(1), default=1, help="Begin here: to go on where a load broke off.")
@click.option("--key", envvar="PATRON_API_KEY", help="An API key with the scopes events and admin [PATRON_API_KEY].")
@json_option
def load_command(events: Path, url: str, key: str | None, as_json: bool, batch: int, **which: Any) -> None:
    """Send a file of events (JSON lines; - is standard input) to a running service.

    When the service is busy (503) or restarts, the batch is sent again: harmless, as a customer's newest 64 events and
    32 orders are recognised. A history that is longer than that is loaded once; where it broke off, the error names the
    line to go on from. At the end the shop's figures are counted anew, so that tiers are up to date.

    \b
    Example:
      patron load events.jsonl --url http://127.0.0.1:8080

    Exit codes: 0 all stored, 1 some refused, 2 wrong call, an unreadable file or an unreachable service.
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
        snapshot = _count_anew(client, loaded)
    except OSError as error:
        fail(f"{events} cannot be read: {error.strerror}")
    except Unreachable as error:
        fail(f"{error}; {_so_far(loaded)}")
    finally:
        client.close()
    _tell(loaded, snapshot, time.monotonic() - began, as_json)
    if loaded.refused:
        sys.exit(FOUND)


def _lines(file: BinaryIO, loaded: Loaded, decide: str, from_line: int) -> Iterator[Line]:
    """The events with their `decide` as wished; what is not JSON is refused here."""
    for number, raw in enumerate(file, 1):
        line = raw.strip()
        if not line or number < from_line:
            continue
        if decide == "keep":
            yield number, line
            continue
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            loaded.refuse(number, f"not JSON: {error.msg}")
            continue
        yield number, orjson.dumps({**event, "decide": decide}) if isinstance(event, dict) else line


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
    """One batch; halved where the service finds it too large."""
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
    """Stored, refused, and those that the service could not take just now: they are sent once more, one by one."""
    for result in results:
        number, line = lines[result["line"] - 1]
        problem = result.get("problem", {})
        if result["status"] == "stored":
            loaded.stored += 1
        elif result["status"] == "erased":
            loaded.erased += 1
        elif problem.get("status") == HTTPStatus.SERVICE_UNAVAILABLE:
            status, answer = client.post("/v1/events", line)
            if status == HTTPStatus.OK:
                loaded.stored += 1
            else:
                loaded.refuse(number, detail_of(answer))
        else:
            loaded.refuse(number, detail_of(problem))


def _give_up(status: int, answer: Any, lines: list[Line], loaded: Loaded) -> NoReturn:
    where = f"lines {lines[0][0]} to {lines[-1][0]}"
    fail(f"the service answered {status} to {where}: {detail_of(answer)}; {_so_far(loaded)}")


def _so_far(loaded: Loaded) -> str:
    return f"{loaded.stored:,} events are stored; go on with --from-line {loaded.next_line}"


def _count_anew(client: Client, loaded: Loaded) -> dict[str, Any] | None:
    """The shop's figures, counted after what was loaded; None where nothing was, or the key may not."""
    if not loaded.stored:
        return None
    return take_snapshot(client)


def _tell(loaded: Loaded, snapshot: dict[str, Any] | None, seconds: float, as_json: bool) -> None:
    if as_json:
        counts = {name: getattr(loaded, name) for name in ("stored", "refused", "erased", "problems")}
        say_json({**counts, "snapshot": snapshot, "seconds": round(seconds, 2)})
        return
    say(f"{loaded.stored:,} events stored, {loaded.refused:,} refused in {seconds:.1f} s")
    for problem in loaded.problems:
        click.echo(f"  line {problem['line']}: {problem['problem']}", err=True)
    if loaded.refused > len(loaded.problems):
        click.echo(f"  and {loaded.refused - len(loaded.problems):,} more", err=True)
    if loaded.erased:
        say(f"{loaded.erased:,} left out: their customers were erased after them")
    if snapshot is not None:
        say(f"tiers are up to date: snapshot {snapshot.get('number')} of {snapshot.get('customers')} customers")
    elif loaded.stored:
        say("tiers follow with the next hourly snapshot (a key with the scope admin would have counted now)")
