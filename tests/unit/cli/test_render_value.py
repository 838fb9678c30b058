"""The value report in words, and as a picture."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner

from cli.client import Client
from cli.main import main
from cli.render.value import render_value
from cli.render.value_picture import value_svg

REPORT: dict[str, Any] = {
    "at": "2026-03-01T00:00:00Z",
    "currency": "EUR",
    "customers": 1_000,
    "value": "50000.00",
    "yearly": "21000.00",
    "top_20_percent_share": 0.764,
    "tiers": [
        {"tier": "gold", "customers": 200, "value": "38200.00", "yearly": "15000.00"}
        | {"share_of_customers": 0.2, "share_of_value": 0.764},
        {"tier": "a<b", "customers": 800, "value": "11800.00", "yearly": "6000.00"}
        | {"share_of_customers": 0.8, "share_of_value": 0.236},
    ],
    "cut_offs": [{"tier": "gold", "score": "41.00"}],
    "pareto": [[0.0, 0.0], [0.2, 0.764], [1.0, 1.0]],
    "before": {
        "at": "2025-12-01",
        "customers": 900,
        "value": "40000.00",
        "top_20_percent_share": 0.71,
        "tiers": [{"tier": "gold", "customers": 180, "value": "1.00"}],
    },
    "moved": [{"from": "none", "to": "gold", "customers": 12}],
    "reachable": {"customers": 700, "channels": [{"channel": "email", "customers": 650}]},
    "sources": [{"channel": "store", "customers": 400, "value": "30000.00"}],
}
EMPTY = REPORT | {
    "customers": 0,
    "value": "0.00",
    "yearly": "0.00",
    "top_20_percent_share": None,
    "before": None,
    "cut_offs": [],
    "pareto": [],
    "moved": [],
    "sources": [],
    "reachable": {"customers": 0, "channels": []},
    "tiers": [{**tier, "customers": 0, "share_of_customers": 0.0, "share_of_value": 0.0} for tier in REPORT["tiers"]],
}


def told(report: dict[str, Any]) -> str:
    return click.unstyle("\n".join(render_value(report)))


@pytest.mark.parametrize(
    "said",
    [
        "1,000 customers, net revenue 50,000.00 EUR.",
        "The top 20 % of the customers contribute 76 % of it.\nOn 2025-12-01 it was 71 %.",
        "At the present pace, the revenue of a year is 21,000.00 EUR.",
        "Customer value score of each tier: gold from 41.00 EUR.",
        "Changes of tier in the last 90 days:\n  no tier        -> gold                   12",
        "700 reachable customers, by channel:\n  email                 650",
        "on which they were first seen:\n  store                 400       30,000.00 EUR",
    ],
)
def test_the_report_says(said: str) -> None:
    assert said in told(REPORT)


def test_a_tier_has_a_line_with_what_it_was_90_days_ago() -> None:
    (line,) = [line for line in told(REPORT).splitlines() if line.startswith("  gold ")]
    assert line.split() == ["gold", "200", *["20.0", "%", "38,200.00", "EUR", "76.4", "%", "15,000.00", "EUR", "180"]]


def test_without_figures_of_then_it_says_so() -> None:
    text = told({**REPORT, "before": None})
    assert "The share of 90 days ago is not known yet." in text
    assert "2025-12-01" not in text


def test_an_empty_shop_has_a_line_and_a_table() -> None:
    assert told(EMPTY).startswith("0 customers, net revenue 0.00 EUR.\n\n  tier")


def points(svg: str) -> list[str]:
    return [line.attrib["points"] for line in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}polyline")]


def texts(svg: str) -> list[str | None]:
    return [text.text for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_has_the_curve_from_corner_to_corner() -> None:
    (line,) = points(value_svg(REPORT))
    assert line.split()[:2] == ["60.0", "410.0"] and line.split()[-2:] == ["380.0", "90.0"]


def test_the_picture_says_what_the_top_20_percent_contribute_now_and_then() -> None:
    said = texts(value_svg(REPORT))
    assert "The top 20 % of the customers contribute 76 % of the revenue" in said
    assert "1,000 customers, 50,000.00 EUR, as of 2026-03-01; on 2025-12-01 it was 71 %" in said


def test_names_are_safe_in_the_picture() -> None:
    assert "a<b (800)" in texts(value_svg(REPORT))


def test_an_empty_shop_has_a_picture_without_a_curve() -> None:
    assert points(value_svg(EMPTY)) == []
    assert "No purchases yet" in texts(value_svg(EMPTY))


def test_the_same_report_is_the_same_picture() -> None:
    assert value_svg(REPORT) == value_svg(REPORT)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "get", lambda _self, _path: (200, REPORT))


@pytest.mark.usefixtures("service")
def test_the_picture_is_drawn_where_it_is_asked_for(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", "value", "--svg", str(tmp_path / "value.svg")])
    assert result.exit_code == 0 and result.output.startswith("1,000 customers")
    assert (tmp_path / "value.svg").read_text() == value_svg(REPORT)


@pytest.mark.usefixtures("service")
def test_a_picture_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", "value", "--svg", str(tmp_path / "no" / "value.svg")])
    assert result.exit_code == 2 and "value.svg cannot be written: No such file or directory" in result.output
