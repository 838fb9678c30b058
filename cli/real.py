"""`patron real`: load a real purchase log into the running service, and report on it."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from cli.client import Client, Unreachable, detail_of, key_option, must, url_option
from cli.demo import send
from cli.import_ import cdnow_command
from cli.output import fail, say
from cli.render.decision import render_decision
from cli.render.value import render_value
from cli.serving import ROOT

LOG = ROOT.parent / "shared" / "data" / "cdnow_even.csv.gz"
ABSENT = """{path} does not exist. Download the CDNOW log and name it:
  pip download --no-deps --no-binary :all: lifetimes==0.11.3
  patron real lifetimes-0.11.3.tar.gz"""
PLACEMENTS = ("home.banner", "account.next")


@dataclass(slots=True)
class Bought:
    """The purchases of a customer, to choose examples by. Days count back from the end of the log."""

    orders: int = 0
    cents: int = 0
    inactive_days: int = 0


@click.command("real", short_help="Load a real purchase log and report on it.")
@click.argument("file", type=click.Path(path_type=Path), default=LOG)
@url_option
@key_option
def real_command(file: Path, url: str, key: str | None) -> None:
    """Load the CDNOW log (FILE) into the running service, and print example customers and the value report.

    The log is from 1997 and 1998; its days are shifted so that it ends yesterday. Loading it twice on a day changes
    nothing.

    \b
    Example:
      patron serve &
      patron real

    Exit codes: 0 success, 2 no log, or the service is not reachable or refuses a call.
    """
    if not file.is_file():
        fail(ABSENT.format(path=file) if file == LOG else f"{file} does not exist")
    client = Client(url, key)
    try:
        must(client.get("/livez"))  # fail before reading the log if no service answers
        events = _moved(_imported(file))
        send(client, [orjson.dumps(event) for event in events])
        say()
        for sentence, customer in _chosen(events):
            for line in _customer(client, sentence, customer):
                say(line)
            say()
        for line in render_value(must(client.get("/v1/reports/value"))):
            say(line)
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()


def _imported(file: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "events.jsonl"
        cdnow_command.main([str(file), "--out", str(out)], standalone_mode=False)
        return [orjson.loads(line) for line in out.read_bytes().splitlines()]


def _moved(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same events, later by a whole number of days, so that the last was yesterday."""
    if not events:
        fail("the log has no events")
    last = max(datetime.fromisoformat(event["time"]) for event in events)
    later = timedelta(days=(datetime.now(UTC).date() - last.date()).days - 1)
    return [{**e, "time": (datetime.fromisoformat(e["time"]) + later).isoformat()} for e in events]


def _chosen(events: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A few example customers, chosen by their purchases in the log."""
    customers = _bought(events)

    def best(sentence: str, fits: Any, by: Any) -> tuple[str, str] | None:
        found = [(by(b), customer) for customer, b in customers.items() if fits(b)]
        return (f"{sentence}.", max(found)[1]) if found else None

    wanted = (
        best("Highest revenue, and bought within the last month", lambda b: b.inactive_days <= 30, lambda b: b.cents),
        best(
            "Highest revenue of the customers with five orders or more and no purchase for two to six months",
            lambda b: b.orders >= 5 and 60 <= b.inactive_days <= 180,
            lambda b: b.cents,
        ),
        best("Most orders", lambda b: True, lambda b: b.orders),
        best("Largest order of the customers with a single order", lambda b: b.orders == 1, lambda b: b.cents),
        best(
            "Lowest revenue of the customers with two orders and no purchase for six months",
            lambda b: b.orders == 2 and b.inactive_days > 180,
            lambda b: -b.cents,
        ),
    )
    yield from (one for one in wanted if one is not None)


def _bought(events: list[dict[str, Any]]) -> Mapping[str, Bought]:
    end = max(datetime.fromisoformat(event["time"]) for event in events)
    customers: dict[str, Bought] = {}
    for event in events:
        bought = customers.setdefault(event["customer"]["id"], Bought())
        bought.orders += 1
        bought.cents += round(float(event["properties"]["total"]) * 100)
        bought.inactive_days = (end - datetime.fromisoformat(event["time"])).days
    return customers


def _customer(client: Client, sentence: str, customer: str) -> Iterator[str]:
    body = {
        "request_id": f"real-{customer}",
        "customer": {"id": customer},
        "placements": [{"id": placement} for placement in PLACEMENTS],
        "dry_run": True,
        "include": ["explanation", "rejected", "profile"],
    }
    status, answer = client.post("/v1/decisions", orjson.dumps(body))
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    stand = answer["profile"]
    yield click.style(f"Customer {customer}", bold=True) + f"  -  {sentence}"
    yield f"  tier {stand['tier']}, stage {stand['relationship_stage']}, risk {stand['churn_risk']}"
    yield from render_decision(answer)
