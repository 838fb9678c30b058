"""`patron analyze roles`: a log becomes a roles.yaml that the rulebook reads, or is refused in a sentence."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from authoring.checking import load
from cli.analyze import roles_file
from cli.main import main
from engine.domain.events import Event
from engine.domain.times import format_rfc3339
from tests.support.baskets import bought, line, shop
from tests.support.commands import unnamed
from tests.support.small_book import BOOK, book_with

CATALOGUE = """\
products:
  - {sku: opener, title: {en: Opener}, category: goods, price: 9 EUR}
  - {sku: coffee, title: {en: Coffee}, category: goods, price: 9 EUR}
  - {sku: diamond, title: {en: Diamond}, category: jewels, price: 9 EUR}
"""


def logged(path: Path, events: Iterable[Event], **more: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps({**_raw(event), **more}) + b"\n" for event in events))
    return path


def _raw(event: Event) -> dict[str, Any]:
    lines = [
        {**one, "line_id": str(n), "amount": f"{one['amount'] / 100:.2f}"} | _cost(one)
        for n, one in enumerate(event.properties["lines"])
    ]
    total = f"{sum(one['amount'] for one in event.properties['lines']) / 100:.2f}"
    properties = {"order_id": event.properties["order_id"], "total": total, "lines": lines}
    who = {"id": event.customer[2:]}
    return {"id": event.id, "type": event.type, "time": format_rfc3339(event.time), "customer": who} | {
        "properties": properties
    }


def _cost(line: dict[str, Any]) -> dict[str, str]:
    return {"cost": f"{line['cost'] / 100:.2f}"} if "cost" in line else {}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    texts = book_with(catalogue=CATALOGUE, product_roles="overrides: {coffee: [stabilising, volume]}")
    del texts["roles.yaml"], texts["scenes.yaml"]
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(log: Path, rules: Path, *more: object) -> Result:
    return unnamed(CliRunner().invoke(main, ["analyze", "roles", str(log), "--rules", str(rules), *map(str, more)]))


def test_what_is_written_gives_the_products_their_roles(tmp_path: Path, rules: Path) -> None:
    result = run(logged(tmp_path / "log.jsonl", shop()), rules, "--out", rules / "roles.yaml")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"wrote {rules}/roles.yaml: 3 products and 2 categories, measured on 300 customers")
    assert "12 products of the log not in the catalogue" in result.output
    products = load(rules).products
    assert {sku: product.roles for sku, product in products.items()} == {
        "opener": ("activation",),
        "coffee": ("stabilising", "volume"),
        "diamond": ("profit",),
    }


def test_the_same_log_in_another_order_gives_the_same_table(tmp_path: Path, rules: Path) -> None:
    events = list(shop(100, 200))
    forwards = run(logged(tmp_path / "a.jsonl", events), rules, "--json")
    backwards = run(logged(tmp_path / "b.jsonl", reversed(events)), rules, "--json")
    one, other = json.loads(forwards.output), json.loads(backwards.output)
    assert one.pop("source") != other.pop("source") and one == other


def test_json_has_the_scores_with_their_evidence_and_confidence(tmp_path: Path, rules: Path) -> None:
    said = json.loads(run(logged(tmp_path / "log.jsonl", shop()), rules, "--json").output)
    assert set(said["products"]["coffee"]["stabilising"]) == {"score", "evidence", "confidence"}
    assert (said["from"], said["not_in_catalogue"], said["left_out"]) == ("2024-10-04", 12, 0)


def test_where_the_catalogue_has_none_of_the_products_all_are_written(tmp_path: Path, rules: Path) -> None:
    (rules / "catalogue.yaml").write_text(BOOK["catalogue.yaml"])
    (rules / "product_roles.yaml").unlink()
    result = run(logged(tmp_path / "log.jsonl", shop()), rules, "--out", tmp_path / "roles.yaml")
    assert "no product of the log is in the catalogue" in result.output
    assert "roles.yaml: 15 products and " in result.output


def test_a_table_that_would_not_fit_into_a_rule_file_leaves_out_what_was_ordered_least(
    tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles_file, "_ROOM", 1_500)
    result = run(logged(tmp_path / "log.jsonl", shop()), rules, "--out", tmp_path / "roles.yaml")
    assert "with the fewest orders left out: the file is full" in result.output
    assert '"coffee"' in (tmp_path / "roles.yaml").read_text()


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "the log has no purchases of known customers"),
        ([bought("anna", day, "a", "b") for day in range(40)], "the log has one customer"),
        ([bought(f"c{n}", 3, "a", "b") for n in range(40)], "all purchases are on one day"),
        ([bought(f"c{n}", n, lines=(line(None),)) for n in range(40)], "no line of an order names its product"),
        ([bought(f"c{n}", n, "cd") for n in range(40)], "the log has one product"),
        ([bought(f"c{n}", n % 9, "a", "b") for n in range(40)], "activation: the log has no first purchases"),
    ],
    ids=["empty", "one customer", "one day", "no skus", "one product", "nine days"],
)
def test_a_log_without_enough_data_is_refused_in_a_sentence(
    tmp_path: Path, rules: Path, events: list[Event], why: str
) -> None:
    result = run(logged(tmp_path / "log.jsonl", events), rules, "--out", tmp_path / "roles.yaml")
    assert result.exit_code == 1
    assert f"cannot measure roles in {tmp_path}/log.jsonl: {why}" in result.output
    assert not (tmp_path / "roles.yaml").exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": 1\n', "log.jsonl:1: not JSON"),
        (b'{"id": "e", "type": "order_completed"}\n', "log.jsonl:1: "),
        (
            b'{"id":"e","type":"order_completed","time":"2026-01-05T10:00:00Z","customer":{"id":"a"},'
            b'"properties":{"order_id":"1","total":"-5","lines":[]}}\n',
            "log.jsonl:1: ",
        ),
        (
            b'{"id":"e","type":"order_completed","time":"2026-01-05T10:00:00Z","customer":{"id":"a"},'
            b'"properties":{"order_id":"1","total":"5","currency":"USD","lines":[]}}\n',
            "amounts in USD need shop_total",
        ),
    ],
    ids=["cut", "half an event", "negative total", "two currencies"],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, rules: Path, line: bytes, why: str) -> None:
    (tmp_path / "log.jsonl").write_bytes(line)
    result = run(tmp_path / "log.jsonl", rules)
    assert result.exit_code == 2 and why in result.output


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, rules: Path) -> None:
    result = run(logged(tmp_path / "log.jsonl", shop(60, 200)), rules, "--out", tmp_path / "no" / "roles.yaml")
    assert result.exit_code == 2 and "no/roles.yaml" in result.output


def test_a_split_reports_which_share_of_each_list_holds(tmp_path: Path, rules: Path) -> None:
    log = logged(tmp_path / "log.jsonl", shop(400, 500))
    result = run(log, rules, "--split", "2025-06-01", "--out", tmp_path / "roles.yaml")
    assert result.exit_code == 0 and "products   volume       100.0 % of 1 hold (1 listed)" in result.output
    assert not (tmp_path / "roles.yaml").exists()
    said = json.loads(run(log, rules, "--split", "2025-06-01", "--json").output)
    assert (said["split"], said["products"]["volume"]["share"]) == ("2025-06-01", 1.0)


def test_a_split_outside_the_log_is_refused(tmp_path: Path, rules: Path) -> None:
    result = run(logged(tmp_path / "log.jsonl", shop(60, 200)), rules, "--split", "2030-01-01")
    assert result.exit_code == 1 and "nothing happened before the split, or nothing after it" in result.output


def test_a_backtest_reports_the_same_beside_tiers_and_models(tmp_path: Path, rules: Path) -> None:
    log = logged(tmp_path / "log.jsonl", sorted(shop(400, 500), key=lambda event: event.time))
    asked = ["analyze", "backtest", str(log), "--rules", str(rules), "--split", "2025-06-01"]
    said = json.loads(unnamed(CliRunner().invoke(main, [*asked, "--json"], catch_exceptions=False)).output)
    assert (
        said["roles"]["products"] == json.loads(run(log, rules, "--split", "2025-06-01", "--json").output)["products"]
    )
    assert "100.0 % of 1 hold" in unnamed(CliRunner().invoke(main, asked, catch_exceptions=False)).output
