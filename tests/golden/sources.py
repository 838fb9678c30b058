"""Where the decisions come from: two logs that are replayed, and the rule tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from click.testing import CliRunner

from authoring.rule_tests.running import run_test
from cli.log_file import read_items
from cli.main import main
from cli.rulebook_folder import load_tests
from engine.compiled.rulebook import Compiled
from engine.domain.events import OUTBOUND
from engine.schemas import load_event, load_request
from examples.shop import SEED, UNTIL, generate
from runtime.bootstrap import compiled
from runtime.replay import Item, Replay
from service.ports import Commit
from tests.golden.decisions import Decided
from tests.support.books import RULES
from tests.support.commands import unnamed

CDNOW: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow_even.csv.gz"
ASKED_EVERY: Final = 7
"""Every so many events of the shop the customer is at the checkout and asks for all placements."""
_CART: Final = {"lines": [{"sku": "L-301", "category": "lighting", "amount": "79.00"}]}


@cache
def shipped() -> Compiled:
    """The shipped rulebook."""
    return compiled(RULES)


Named = tuple[str, Decided]
"""A decision under its id, or under the rule test that it is of."""


@cache
def of_shop() -> tuple[Named, ...]:
    """The example shop's year: its events, requests in between, and the timers."""
    return tuple(_named(_replayed(_shop_items(), shipped())))


def of_cdnow() -> Iterator[Named]:
    """Every order of CDNOW decided on, and the timers."""
    with _cdnow_events() as events:
        items = read_items(events, shipped().rulebook.shop, OUTBOUND)
        yield from _named(_replayed(items, shipped()))


@cache
def of_rule_tests() -> tuple[Named, ...]:
    """All that the rule tests in rules/tests decide on, in their order."""
    tests, findings = load_tests(RULES, shipped().rulebook)
    assert not findings
    return tuple((test.name, Decided(one.decision)) for test in tests for one in run_test(test, shipped()).lived)


def _named(found: Iterable[Decided]) -> Iterator[Named]:
    for one in found:
        yield one.decision.decision_id, one


def _replayed(items: Iterable[Item], book: Compiled) -> Iterator[Decided]:
    player = Replay(book)
    timers: dict[str, int | None] = {}
    told: dict[str, int | None] = {}
    commit = player.store.commit

    def transition(one: Commit) -> bool:
        timers[one.customer] = one.due
        return commit(one)

    player.store.commit = transition  # type: ignore[method-assign]
    for decision in player.run(items):
        timer = timers[decision.customer]
        yield Decided(decision, timer if told.get(decision.customer) != timer else None)
        told[decision.customer] = timer


def _shop_items() -> Iterator[Item]:
    """Every other event is decided on; between them stand requests for placements, at the time of the event before."""
    shop = shipped().rulebook.shop
    everywhere = [{"id": placement, "count": 2} for placement in shipped().rulebook.placements]
    for number, raw in enumerate(generate(SEED, datetime.fromisoformat(UNTIL))[0]):
        yield load_event({**raw, "decide": "outbound" if number % 2 else "none"}, shop, None)
        asked: dict[str, Any] = {"request_id": f"q-{number}", "customer": raw["customer"], "now": raw["time"]}
        if number % ASKED_EVERY == 0:
            context = {"cart": _CART, "distance_km": number % 12, "in_stock_nearby": number % 2 == 0}
            yield load_request({**asked, "placements": everywhere, "context": context}, shop, logged=True)
        elif raw["type"] == "visited" and raw["properties"]["surface"] != "store":
            placements = [{"id": "home.banner"}, {"id": "account.next", "count": 2}]
            yield load_request({**asked, "placements": placements}, shop, logged=True)


@contextmanager
def _cdnow_events() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "events.jsonl"
        arguments = ["import", "cdnow", str(CDNOW), "--out", str(out)]
        result = unnamed(CliRunner().invoke(main, arguments, catch_exceptions=False))
        if result.exit_code:
            raise SystemExit(result.output)
        yield out
