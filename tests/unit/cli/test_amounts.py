"""Whole numbers of money in a log: refused with their line until `--amounts` says what they count."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.log_file import read_items
from cli.main import main
from engine.domain.events import Event
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas.amounts import amounts_of, in_minor_units
from tests.support.books import RULES
from tests.support.commands import unnamed

ORDER = {
    "id": "e-1",
    "type": "order_completed",
    "time": "2026-03-01T10:00:00+01:00",
    "customer": {"id": "mei"},
    "channel": "web",
    "properties": {"order_id": "o-1", "total": 7900, "lines": [{"line_id": "1", "amount": 7900, "cost": "31.50"}]},
    "decide": "outbound",
}


def log(folder: Path, *events: dict[str, object]) -> str:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return str(path)


def patron(*arguments: str) -> Result:
    return unnamed(CliRunner().invoke(main, arguments, catch_exceptions=False))


CALLS = [
    ("replay",),
    ("diff", str(RULES), str(RULES)),
    ("analyze", "fit"),
    ("analyze", "roles"),
    ("analyze", "backtest", "--split", "2026-03-01"),
    ("explain", "mei", "--events"),
]


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_log_with_whole_numbers_is_refused_at_its_line(call: tuple[str, ...], tmp_path: Path) -> None:
    rules = () if call[0] == "diff" else ("--rules", str(RULES))
    result = patron(*call, log(tmp_path, ORDER), *rules)
    assert result.exit_code == 2
    assert f"{tmp_path}/log.jsonl:1: /properties/total: is the whole number 7900" in result.stderr.replace("\n", " ")
    assert "--amounts minor or --amounts major" in result.stderr


@pytest.mark.parametrize(("amounts", "total"), [("minor", 7_900), ("major", 790_000)])
def test_a_log_is_read_as_it_is_said(amounts: str, total: int, tmp_path: Path) -> None:
    (event,) = read_items(Path(log(tmp_path, ORDER)), Shop(Currency("EUR"), "Europe/Berlin", ("en",)), amounts=amounts)
    assert isinstance(event, Event)
    assert event.properties["total"] == total
    replayed = patron("replay", log(tmp_path, ORDER), "--rules", str(RULES), "--amounts", amounts)
    assert replayed.exit_code == 0, replayed.output


def test_the_amounts_of_an_event_are_found_with_their_places() -> None:
    assert [(sent.pointer, sent.is_integer) for sent in amounts_of(ORDER)] == [
        ("/properties/total", True),
        ("/properties/lines/0/amount", True),
        ("/properties/lines/0/cost", False),
    ]


@pytest.mark.parametrize("event", [{}, {"type": 1}, {"type": "order_completed"}, {"type": "x", "properties": {}}])
def test_what_is_no_event_has_no_amounts(event: dict[str, object]) -> None:
    assert list(amounts_of(event)) == []


def test_whole_numbers_move_to_the_fields_for_minor_units() -> None:
    event = json.loads(json.dumps(ORDER))
    in_minor_units(event)
    assert event["properties"] == {
        "order_id": "o-1",
        "total_minor": 7900,
        "lines": [{"line_id": "1", "amount_minor": 7900, "cost": "31.50"}],
    }


def test_an_amount_that_is_there_in_both_units_is_left_for_the_service_to_refuse() -> None:
    event = {"type": "order_completed", "properties": {"total": 7900, "total_minor": 79}}
    in_minor_units(event)
    assert event["properties"] == {"total": 7900, "total_minor": 79}
