"""`patron demo`: the service on an example shop, and its decisions with their reasons."""

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
from cli.demo_contacts import render_contacts, render_report
from cli.output import counted, fail, progress, say
from cli.render.decision import render_decision
from cli.render.value import render_value
from cli.serving import ROOT, NotStarted, running
from cli.snapshots import take_snapshot

SHOWN = (5, 6, 10, 8, 9, 11, 4, 14)
"""The situations, of the strategy's fifteen, that are shown in full."""
LAST = 15
"""The later ones are about contacts; see `cli.demo_contacts`."""


@click.command("demo", short_help="Run an example shop and explain its decisions.")
@click.option("--seed", type=int, default=7, show_default=True, help="Random seed of the customers and figures.")
@click.option(
    "--all", "everybody", is_flag=True, help="Show thirty customers, two per example (default: eight customers)."
)
def demo_command(seed: int, everybody: bool) -> None:
    """Start the service on a temporary store, send it 400 days of an example shop, and show its decisions.

    \b
    Example:
      patron demo --seed 7

    Exit codes: 0 success, 2 the service did not start or refused a call.
    """
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder, running() as url:
            _show(url, *_shop(Path(folder), seed), everybody)
    except (NotStarted, Unreachable) as error:
        fail(str(error))
    say(f"Done in {time.monotonic() - began:.0f} s; the service is stopped, its data is deleted.")
    say()
    say("Next steps")
    say("  make serve              the service on http://127.0.0.1:8080 (API docs at /docs), data in ./var")
    say("  make check              check rules/ and run its tests; to write a rule: rules/README.md")
    say("  make real               load a real purchase log into the running service")
    say(f"  SEED={seed + 1} make demo        other customers, other figures")


def _shop(folder: Path, seed: int) -> tuple[bytes, list[dict[str, Any]]]:
    """The shop's history up to now as NDJSON, and its example customers."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    events, example_customers = folder / "events.jsonl", folder / "example_customers.json"
    arguments = [
        "--seed",
        str(seed),
        "--until",
        now,
        "--out",
        str(events),
        "--example-customers",
        str(example_customers),
    ]
    subprocess.run([sys.executable, "-m", "examples.shop", *arguments], check=True, cwd=ROOT)
    return events.read_bytes(), orjson.loads(example_customers.read_bytes())


def _show(url: str, events: bytes, example_customers: list[dict[str, Any]], everybody: bool) -> None:
    client = Client(url)
    status = must(client.get("/readyz?verbose"))
    rules = f"{status['rules']} rules on {status['matcher']}"
    say(f"Patron runs on {url}: {rules}; the store is an embedded Valkey.")
    _load(client, events)
    say()
    service, chosen = Asking(client), list(_chosen(example_customers, everybody))
    for example in chosen:
        _say_all(_told(service, example))
    _say_all(render_contacts(service, events, example_customers))
    say(click.style("The shop", bold=True))
    _say_all("  " + line if line else line for line in render_value(service.get("/v1/reports/value")))
    _say_all(render_report(service, chosen))
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
                fail(f"the service refused {counted(answer['refused'], 'event')}: {detail_of(first['problem'])}")
            advance(start + size)
    seconds = time.monotonic() - began
    snapshot = take_snapshot(client)
    if snapshot is None:
        fail("the service takes no snapshot: use a key with the scope admin")
    say(
        f"{len(lines):,} events sent over HTTP in {seconds:.1f} s; {counted(snapshot['customers'], 'customer')} ranked."
    )


def _chosen(example_customers: list[dict[str, Any]], everybody: bool) -> Iterator[dict[str, Any]]:
    if everybody:
        yield from (example for example in example_customers if example["situation"] <= LAST)
        return
    for situation in SHOWN:
        yield next(example for example in example_customers if example["situation"] == situation)


def _told(service: Asking, example: dict[str, Any]) -> Iterator[str]:
    record, stand = service.decided(example["ask"]), service.customer(example["customer"])
    yield click.style(f"{example['name']}", bold=True) + f"  -  {example['sentence']}"
    yield (
        f"  tier {stand['tier']}, stage {stand['relationship_stage']}, journey {stand['journey_stage']}, "
        f"risk {stand['churn_risk']}"
    )
    yield from render_decision(record, stand["traits"].get("zone", "UTC"))
