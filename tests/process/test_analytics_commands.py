"""`patron analyze fit` and `patron analyze backtest`, as they are called."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from authoring.checking import load
from cli.main import main
from tests.support.books import RULES
from tests.support.buyers import Buyers, order, orders, write
from tests.support.commands import unnamed


def patron(*arguments: object) -> Result:
    return unnamed(CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events = orders(500, weeks=70, of=Buyers(0.8, 6.0, 0.6, 2.5, leaves_at_once=True))
    return write(tmp_path_factory.mktemp("log") / "events.jsonl", events)


def test_what_fit_writes_takes_the_place_of_churn_yaml(log: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules)
    told = orjson.loads(patron("analyze", "fit", log, "--rules", RULES, "--out", rules / "churn.yaml", "--json").stdout)
    assert patron("check", rules).exit_code == 0
    churn, shipped = load(rules).churn, load(RULES).churn
    assert (churn.interpurchase_r, churn.interpurchase_alpha_weeks) == pytest.approx(
        (told["r"], told["alpha_weeks"]), rel=1e-4
    )
    assert (churn.lapse_theta, churn.lapse_min, churn.lapse_max) == (
        shipped.lapse_theta,
        shipped.lapse_min,
        shipped.lapse_max,
    )
    assert told["source"] in (rules / "churn.yaml").read_text()


def test_without_out_the_file_is_printed(log: Path) -> None:
    result = patron("analyze", "fit", log, "--rules", RULES)
    assert result.exit_code == 0
    assert "model: mbg-nbd" in result.stdout


def test_a_wrong_key_under_fitted_is_an_error_of_the_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules)
    with (rules / "churn.yaml").open("a") as file:
        file.write("fitted: {version: 2, modle: mbg-nbd}\n")
    result = patron("check", rules)
    assert result.exit_code == 1
    assert "modle" in result.output
    assert "version lies between 1 and 1" in result.output


def test_a_log_that_cannot_be_fitted_leaves_no_file(tmp_path: Path) -> None:
    events = write(tmp_path / "one.jsonl", [order(1, day) for day in range(0, 300, 10)])
    result = patron("analyze", "fit", events, "--rules", RULES, "--out", tmp_path / "churn.yaml")
    assert result.exit_code == 1
    assert f"cannot fit the model to {events}: customers who bought on more than one day: 1" in result.stderr
    assert not (tmp_path / "churn.yaml").exists()


def test_requests_and_outcomes_in_a_log_are_passed_over(log: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.jsonl"
    request = orjson.dumps({"request_id": "q-1", "customer": {"id": "k1"}, "placements": [{"id": "home.banner"}]})
    outcome = orjson.dumps({"recommendation_id": "r-0", "outcome": "sent", "at": "2025-02-01T00:00:00Z"})
    mixed.write_bytes(b"\n".join((request, outcome, b"", log.read_bytes())))
    one, other = (
        orjson.loads(patron("analyze", "fit", file, "--rules", RULES, "--json").stdout) for file in (log, mixed)
    )
    assert {**one, "source": ""} == {**other, "source": ""}


def test_backtest_prints_its_tables(log: Path) -> None:
    result = patron("analyze", "backtest", log, "--rules", RULES, "--split", "2025-09-01")
    assert result.exit_code == 0
    for said in ("shipped tier score", "hindsight", "daily", "shipped risk rank", "precision", "lapse model"):
        assert said in result.stdout


def test_backtest_prints_the_same_as_json(log: Path) -> None:
    result = patron(
        "analyze", "backtest", log, "--rules", RULES, "--split", "2025-09-01", "--end", "2026-03-31", "--json"
    )
    told: dict[str, Any] = orjson.loads(result.stdout)
    assert (told["split"], told["last"], told["seed"]) == ("2025-09-01", "2026-03-31", 1)
    assert 0 < told["concentration"]["shipped tier score"]["share"] < 1
    assert told["reranked"]["caught"].keys() == {"frozen", "daily", "live"}


def test_backtest_reports_why_a_log_does_not_support_roles(log: Path) -> None:
    told: dict[str, Any] = orjson.loads(
        patron("analyze", "backtest", log, "--rules", RULES, "--split", "2025-09-01", "--json").stdout
    )
    assert told["roles"] is None
    assert "roles" in told["refused"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--split", "soon"), 2, "'soon' does not match the format"),
        (("--split", "1999-01-01"), 1, "not after the first day of the log"),
        (("--split", "2033-01-01"), 1, "after the last day of the log"),
        (("--split", "2025-09-01", "--end", "2025-08-01"), 2, "the end is before the split"),
        ((), 2, "Missing option '--split'"),
    ],
)
def test_a_wrong_split_is_refused_in_words(log: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = patron("analyze", "backtest", log, "--rules", RULES, *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("verb", [("fit",), ("backtest", "--split", "2025-09-01")])
@pytest.mark.parametrize(
    ("event", "said"),
    [
        (order(1, 5, -3.0), "events.jsonl:2: /properties/total"),
        ({**order(1, 5), "properties": {**order(1, 5)["properties"], "currency": "USD"}}, "need shop_total"),
        ({"type": "order_completed"}, "events.jsonl:2: "),
    ],
    ids=["negative total", "two currencies", "half an event"],
)
def test_a_line_that_is_wrong_is_named(verb: tuple[str, ...], event: dict[str, Any], said: str, tmp_path: Path) -> None:
    events = write(tmp_path / "events.jsonl", [order(1, 0), event])
    result = patron("analyze", verb[0], events, "--rules", RULES, *verb[1:])
    assert result.exit_code == 2
    assert said in result.stderr


def test_amounts_in_two_currencies_count_in_the_shops(log: Path, tmp_path: Path) -> None:
    dollars = order("usd", 3)
    dollars["properties"] |= {"currency": "USD", "shop_total": "18.00"}
    both = write(tmp_path / "both.jsonl", [orjson.loads(line) for line in log.read_bytes().splitlines()] + [dollars])
    assert patron("analyze", "fit", both, "--rules", RULES, "--json").exit_code == 0


@pytest.mark.parametrize("verb", [("fit",), ("backtest", "--split", "2025-09-01")])
def test_without_the_extra_a_sentence_says_how_to_get_it(
    verb: tuple[str, ...], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "scipy" else found(name))
    result = patron("analyze", verb[0], log, "--rules", RULES, *verb[1:])
    assert result.exit_code == 2
    how = "`make install-analytics`, or `pip install '.[analytics]'` in the sources"
    assert result.stderr == f"patron: this command needs scipy; run {how}\n"
