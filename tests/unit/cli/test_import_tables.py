"""Customers, suppression lists and products from tables, with the channels and the shop of a rulebook."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from authoring.checking import check_texts
from cli.import_ import import_group
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from runtime.rule_folder import read_bundle
from tests.support.commands import unnamed

RULES: Final = Path(__file__).resolve().parents[3] / "rules"
SHOP: Final = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
CRM: Final = "id,name,born,mail,news\nK1,Mei,1990-05-01,mei@example.org,yes\nK2,Mei,,,no\nK3,,,,\n"
MAP: Final = ("--map", "customer=id", "--as-of", "2026-03-01")
ALL: Final = (
    *(*MAP, "--map", "first_name=name", "--map", "birthday=born"),
    *("--address", "email=mail", "--consent", "email=news"),
)


def run(*arguments: object) -> Result:
    return unnamed(CliRunner().invoke(import_group, [*map(str, arguments), "--rules", str(RULES)]))


def customers(*arguments: object) -> list[dict[str, Any]]:
    """The events, each of which the engine takes."""
    result = run("customers", *arguments)
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    for event in events:
        load_event(event, SHOP, None)
    return events


def written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def of(events: list[dict[str, Any]], customer: str) -> dict[str, Any]:
    """Type -> properties of a customer's events."""
    return {event["type"]: event["properties"] for event in events if event["customer"] == {"id": customer}}


def test_a_customer_becomes_traits_addresses_and_consents(tmp_path: Path) -> None:
    events = customers(written(tmp_path / "crm.csv", CRM), *ALL)
    assert of(events, "K1") == {
        "identified": {"traits": {"first_name": "Mei", "birthday": "1990-05-01"}},
        "channel_address_added": {"channel": "email"},
        "consent_changed": {"channel": "email", "purposes": ["marketing"], "granted": True},
    }


def test_two_people_of_one_name_stay_two_customers(tmp_path: Path) -> None:
    events = customers(written(tmp_path / "crm.csv", CRM), *ALL)
    assert of(events, "K1")["identified"]["traits"]["first_name"] == "Mei"
    assert of(events, "K2")["identified"]["traits"] == {"first_name": "Mei"}


def test_a_withdrawal_is_a_withdrawal_and_an_empty_cell_nothing(tmp_path: Path) -> None:
    events = customers(written(tmp_path / "crm.csv", CRM), *ALL)
    assert of(events, "K2")["consent_changed"]["granted"] is False
    assert of(events, "K3") == {}


def test_a_consent_in_unknown_words_ends_the_import(tmp_path: Path) -> None:
    result = run("customers", written(tmp_path / "crm.csv", "id,news\nK1,gladly\n"), *MAP, "--consent", "email=news")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 2, column 'news': 'gladly'" in result.stderr


def test_importing_customers_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path / "crm.csv", CRM)
    assert run("customers", file, *ALL).stdout == run("customers", file, *ALL).stdout


def test_an_invalid_trait_is_left_out_and_counted(tmp_path: Path) -> None:
    result = run("customers", written(tmp_path / "crm.csv", "id,name,born\nK1,Mei,1.5.90\n"), *ALL[:8])
    assert json.loads(result.stdout)["properties"] == {"traits": {"first_name": "Mei"}}
    assert "birthday left out: it must be a birthday as YYYY-MM-DD" in result.stderr


def test_a_suppression_list_withdraws_all_consents(tmp_path: Path) -> None:
    events = customers(written(tmp_path / "blocked.csv", "id\nK1\nK1\n"), *MAP, "--suppression")
    assert sorted(event["properties"]["channel"] for event in events) == ["email", "phone", "push"]
    assert not any(event["properties"]["granted"] for event in events)


def test_a_suppression_list_may_name_the_channel(tmp_path: Path) -> None:
    file = written(tmp_path / "blocked.csv", "id,where\nK1,push\n")
    events = customers(file, *MAP, "--map", "channel=where", "--suppression")
    assert [event["properties"]["channel"] for event in events] == ["push"]


def test_no_line_of_a_suppression_list_is_lost(tmp_path: Path) -> None:
    lines = "".join(f"K{n},push\n" for n in range(99))
    file = written(tmp_path / "blocked.csv", f"id,where\n{lines}K99,pigeon\n")
    result = run("customers", file, *MAP, "--map", "channel=where", "--suppression")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad-channel (first in line 101): 'pigeon' in the column 'where'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("--map", "customer=id"), "--as-of DATE"),
        (("--as-of", "2026-03-01"), "--map customer=COLUMN"),
        ((*MAP, "--consent", "e-mail=news"), "email"),
        ((*MAP, "--address", "mail"), "NAME=COLUMN"),
        (("--map", "customer=id", "--as-of", "March"), "2026-03-01"),
        ((*MAP, "--suppression", "--consent", "email=news"), "--suppression"),
    ],
)
def test_a_wrong_option_is_explained(tmp_path: Path, arguments: tuple[str, ...], shown: str) -> None:
    result = run("customers", written(tmp_path / "crm.csv", CRM), *arguments)
    assert result.exit_code == 2 and shown in result.stderr


# ---- the catalogue ----

PRODUCTS: Final = "sku;title;category;price;roles;stock;colour\n"


def catalogue(path: Path, lines: str, *arguments: object) -> Result:
    return run("catalogue", written(path / "products.csv", PRODUCTS + lines), *arguments)


def test_products_become_a_catalogue_that_the_rulebook_reads(tmp_path: Path) -> None:
    shop = tmp_path / "rules"
    copytree(RULES.parent / "tests" / "cases" / "cancelled-order-keeps-coupon" / "rules", shop)
    file = written(
        tmp_path / "products.csv", PRODUCTS + 'K-1;"Pan: 28 cm, iron";kitchen;1.250,50;profit, volume;4;red\n'
    )
    result = unnamed(CliRunner().invoke(import_group, ["catalogue", str(file), "--rules", str(shop)]))
    assert result.exit_code == 0, result.stderr
    book, _ = check_texts({**read_bundle(shop), "catalogue.yaml": result.stdout})
    product = book.products["K-1"]
    assert (product.title, product.price, product.stock) == ({"en": "Pan: 28 cm, iron"}, 125050, 4)
    assert set(product.roles) == {"profit", "volume"}
    assert "column 'colour' is not used" in result.stderr


def test_an_invalid_product_is_reported_by_its_line(tmp_path: Path) -> None:
    result = catalogue(tmp_path, "K-1;Pan;kitchen;59,50;;;\nK-2;Pot;kitchen;9,50;profitt;;\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "products.csv, line 3:" in result.stderr and "profit" in result.stderr


def test_a_product_without_a_readable_price_ends_the_import(tmp_path: Path) -> None:
    result = catalogue(tmp_path, "K-1;Pan;kitchen;#REF!;;;\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "spreadsheet-error (first in line 2): '#REF!' in the column 'price'" in result.stderr
