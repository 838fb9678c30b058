"""`patron demo`: the service, an example shop, and what it recommends to whom, and why."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from cli.client import Asking, Client, Unreachable, detail_of, must
from cli.demo_contacts import tell_rationed, tell_report
from cli.output import fail, progress, say
from cli.render.decision import tell_decision
from cli.render.value import tell_value
from cli.serving import ROOT, NotStarted, running
from cli.snapshots import take_snapshot

SHOWN = (5, 6, 10, 8, 9, 11, 4, 14)
"""The situations of the strategy's fifteen that are told in full."""
LAST = 15
"""The others are about contact, and `cli.demo_contacts` tells of them."""


@click.command("demo", short_help="An example shop, what is recommended to whom, and why.")
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed: other customers and figures.")
@click.option("--all", "everybody", is_flag=True, help="Tell all fifteen situations twice, not only eight.")
def demo_command(seed: int, everybody: bool) -> None:
    """Start the service on a store of its own, send it 400 days of an example shop, and show what it decides.

    \b
    Example:
      patron demo --seed 7

    Exit codes: 0 shown, 2 the service did not start or refused something.
    """
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder, running() as url:
            _show(url, *_shop(Path(folder), seed), everybody)
    except (NotStarted, Unreachable) as error:
        fail(str(error))
    say(f"Done in {time.monotonic() - began:.0f} s; the service is stopped, its data is gone.")
    say()
    say("How to go on")
    say("  make serve              the service on http://127.0.0.1:8080 (API docs at /docs), data in ./var")
    say("  make check              check rules/ and run its tests; rules/README.md: write your first rule")
    say("  make real               load a real purchase log into the running service")
    say(f"  SEED={seed + 1} make demo        other customers, other figures")


def _shop(folder: Path, seed: int) -> tuple[bytes, list[dict[str, Any]]]:
    """The shop's history up to now as NDJSON, and the customers worth telling."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    events, tellers = folder / "events.jsonl", folder / "tellers.json"
    arguments = ["--seed", str(seed), "--until", now, "--out", str(events), "--tellers", str(tellers)]
    subprocess.run([sys.executable, "-m", "examples.shop", *arguments], check=True, cwd=ROOT)
    return events.read_bytes(), orjson.loads(tellers.read_bytes())


def _show(url: str, events: bytes, tellers: list[dict[str, Any]], everybody: bool) -> None:
    client = Client(url)
    status = must(client.get("/readyz?verbose"))
    rules = f"{status['rules']} rules on {status['matcher']}"
    say(f"Patron runs on {url}: {rules}; the store is an embedded Valkey.")
    _load(client, events)
    say()
    service, chosen = Asking(client), list(_chosen(tellers, everybody))
    for teller in chosen:
        _say_all(_told(service, teller))
    _say_all(tell_rationed(service, events, tellers))
    say(click.style("The shop", bold=True))
    _say_all("  " + line if line else line for line in tell_value(service.get("/v1/reports/value")))
    _say_all(tell_report(service, chosen))
    client.close()


def _say_all(lines: Iterable[str]) -> None:
    """The lines, and an empty one after them."""
    for line in lines:
        say(line)
    say()


def _load(client: Client, events: bytes) -> None:
    say("400 days of web, app and store:")
    send(client, events.splitlines())


def send(client: Client, lines: list[bytes]) -> None:
    """Post events in batches, take a snapshot, and wait until every worker has it."""
    began, size = time.monotonic(), 1000
    with progress("sending", len(lines)) as advance:
        for start in range(0, len(lines), size):
            batch = b"\n".join(lines[start : start + size])
            answer = must(client.post("/v1/events:batch", batch, "application/x-ndjson"))
            if answer["refused"]:
                first = next(result for result in answer["results"] if result["status"] == "refused")
                fail(f"{answer['refused']} events were refused: {detail_of(first['problem'])}")
            advance(start + size)
    seconds = time.monotonic() - began
    snapshot = take_snapshot(client)
    if snapshot is None:
        fail("the service takes no snapshot: a key with the scope admin is needed")
    say(f"{len(lines):,} events sent over HTTP in {seconds:.1f} s; {snapshot['customers']:,} customers are ranked.")


def _chosen(tellers: list[dict[str, Any]], everybody: bool) -> Iterator[dict[str, Any]]:
    if everybody:
        yield from (teller for teller in tellers if teller["situation"] <= LAST)
        return
    for situation in SHOWN:
        yield next(teller for teller in tellers if teller["situation"] == situation)


def _told(service: Asking, teller: dict[str, Any]) -> Iterator[str]:
    record, stand = service.decided(teller["ask"]), service.customer(teller["customer"])
    yield click.style(f"{teller['name']}", bold=True) + f"  -  {teller['sentence']}"
    yield (
        f"  tier {stand['tier']}, stage {stand['relationship_stage']}, journey {stand['journey_stage']}, "
        f"risk {stand['churn_risk']}"
    )
    yield from tell_decision(record, stand["traits"].get("zone", "UTC"))
