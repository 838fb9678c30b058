"""Purchase logs as shops export them: every input is read as it was meant, or refused with the line and the option."""

import json
from functools import reduce
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from cli.import_ import import_group
from engine.domain.money import Currency
from engine.domain.profile.apply import apply
from engine.domain.profile.state import Profile
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from tests.support.books import DAYS
from tests.support.commands import unnamed

CASES: Final = Path(__file__).resolve().parents[2] / "cases"
SHOP: Final = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
ENGLISH: Final = ("--map", "customer=customer", "--map", "time=time", "--map", "amount=amount")
GERMAN: Final = (
    *("--map", "customer=Kunde", "--map", "time=Datum", "--map", "amount=Betrag", "--map", "order_id=Bestellung"),
    *("--time-format", "%d.%m.%Y %H:%M"),
)


def run(*arguments: object) -> Result:
    return unnamed(CliRunner().invoke(import_group, ["csv", *map(str, arguments)]))


def imported(*arguments: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events and the summary; every event is one that the engine takes."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    for event in events:
        load_event(event, SHOP, None)
    return events, json.loads(result.stderr)


def totals(events: list[dict[str, Any]]) -> list[str]:
    return [event["properties"]["total"] for event in events]


def written(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def amounts(path: Path, *cells: str, options: tuple[str, ...] = ()) -> list[str]:
    """The totals of a log with these amounts, one order each."""
    lines = "".join(f"K{n};2026-03-05;{cell}\n" for n, cell in enumerate(cells))
    return totals(imported(written(path / "a.csv", "customer;time;amount\n" + lines), *ENGLISH, *options)[0])


# ---- decimal signs ----


def test_the_decimal_comma_of_a_german_export_is_found_and_reported() -> None:
    events, summary = imported(CASES / "excel-export" / "a_semicolon_comma_bom.csv", *GERMAN)
    assert totals(events) == ["12.50", "950.00", "1250.00", "1250.00"]
    assert "read 12,50 in line 2 as 12.50: decimal comma" in summary["guesses"]


def test_a_guess_is_printed_for_people_too() -> None:
    result = run(CASES / "excel-export" / "a_semicolon_comma_bom.csv", *GERMAN)
    assert "read 12,50 in line 2 as 12.50: decimal comma" in result.stderr


@pytest.mark.parametrize("cell", ["1.250", "1,250"])
def test_an_amount_of_which_nobody_knows_the_size_is_refused(tmp_path: Path, cell: str) -> None:
    file = written(tmp_path / "a.csv", f"customer;time;amount\nK1;2026-03-05;{cell}\n")
    result = run(file, *ENGLISH)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{cell} in line 2" in result.stderr and "--decimal comma" in result.stderr


@pytest.mark.parametrize(("decimal", "total"), [("comma", "1250.00"), ("point", "1.25")])
def test_the_option_decides_an_ambiguous_amount(tmp_path: Path, decimal: str, total: str) -> None:
    assert amounts(tmp_path, "1.250", options=("--decimal", decimal)) == [total]


def test_a_file_with_both_decimal_signs_is_refused_with_both_cells(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer;time;amount\nK1;2026-03-05;12,50\nK2;2026-03-05;12.50\n")
    result = run(file, *ENGLISH)
    assert result.exit_code == 2 and "12,50 in line 2, 12.50 in line 3" in result.stderr


def test_in_a_currency_without_decimals_separators_are_thousands(tmp_path: Path) -> None:
    assert amounts(tmp_path, "1,250", options=("--currency", "JPY")) == ["1250"]


@pytest.mark.parametrize(
    ("cell", "total"),
    [
        ("1'250.50", "1250.50"),
        ("1’250.50", "1250.50"),
        ("1 250,50", "1250.50"),
        ("1\u00a0250,50", "1250.50"),
        ("1\u202f250,50", "1250.50"),
        ("12,34,567.50", "1234567.50"),
        ("12,50 €", "12.50"),
        ("€12.50", "12.50"),
        ("EUR 12.50", "12.50"),
        ("12.50 eur", "12.50"),
        ("12,-", "12.00"),
        ("12.– €", "12.00"),
        ("1.25E+03", "1250.00"),
        ("1,25E+03", "1250.00"),
    ],
)
def test_an_amount_is_read_as_the_shop_wrote_it(tmp_path: Path, cell: str, total: str) -> None:
    assert amounts(tmp_path, cell) == [total]


@pytest.mark.parametrize("cell", ["-12,50", "−12,50", "12,50-", "(12,50)", "-12,50 €", "€ -12,50", "(12,50 €)"])
def test_a_negative_amount_in_any_notation_is_a_return(tmp_path: Path, cell: str) -> None:
    file = written(tmp_path / "a.csv", f"customer;time;amount\nK1;2026-03-05;{cell}\n")
    ((event,), _) = imported(file, *ENGLISH)
    assert (event["type"], event["properties"]["amount"]) == ("order_returned", "12.50")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("$12.50", "other-currency"),
        ("12.50 CHF", "other-currency"),
        ("1.2345E+01", "bad-amount"),
        ("1.25.0", "bad-amount"),
        ("12 50", "bad-amount"),
        ("--12.50", "bad-amount"),
        ("#N/A", "spreadsheet-error"),
        ("#WERT!", "spreadsheet-error"),
        ("#####", "spreadsheet-error"),
    ],
)
def test_an_amount_that_means_something_else_is_refused_with_line_and_column(
    tmp_path: Path, cell: str, reason: str
) -> None:
    result = run(written(tmp_path / "a.csv", f"customer;time;amount\nK1;2026-03-05;{cell}\n"), *ENGLISH)
    assert result.exit_code == 1 and f"{reason} (first in line 2): {cell!r} in the column 'amount'" in result.stderr


def test_an_id_that_a_spreadsheet_has_rounded_is_refused(tmp_path: Path) -> None:
    result = run(written(tmp_path / "a.csv", "customer,time,amount\n4.9E+11,2026-03-05,12.50\n"), *ENGLISH)
    assert "damaged-id (first in line 2): '4.9E+11' in the column 'customer'" in result.stderr


def test_the_reading_of_a_cell_that_allows_both_signs_is_reported(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer,time,amount\nK1,2026-03-05,12.5\nK2,2026-03-05,1.250\n")
    assert "read 1.250 in line 3 as 1.25, too (--decimal)" in imported(file, *ENGLISH)[1]["guesses"]


def test_a_time_in_an_unknown_format_names_the_option() -> None:
    result = run(CASES / "excel-export" / "a_semicolon_comma_bom.csv", *GERMAN[:8])
    assert result.exit_code == 1
    assert "'05.03.2026 14:30' in the column 'Datum'; write its format as --time-format" in result.stderr


# ---- delimiters, encodings, columns ----


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    text = "customer,time,amount\nK1,2026-03-05,12.50\n".replace(",", delimiter)
    assert totals(imported(written(tmp_path / "a.csv", text), *ENGLISH)[0]) == ["12.50"]


def test_a_first_line_that_names_the_delimiter_is_understood() -> None:
    events, summary = imported(CASES / "excel-export" / "b_sep.csv", *ENGLISH)
    assert totals(events) == ["12.50"]
    assert summary["file_lines"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path / "a.csv", "Käufer,time,amount\nMüller,2026-03-05,12.50\n", encoding)
    ((event,), summary) = imported(file, "--map", "customer=Käufer", *ENGLISH[2:])
    assert event["customer"] == {"id": "Müller"}
    assert bool(summary["guesses"][:-1]) == (encoding == "cp1252")


def test_utf_16_without_a_byte_order_mark_is_named(tmp_path: Path) -> None:
    result = run(written(tmp_path / "a.csv", "customer,time,amount\n", "utf-16-le"), *ENGLISH)
    assert result.exit_code == 2 and "--encoding utf-16-le" in result.stderr


def test_date_and_time_may_stand_in_two_columns(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer,day,hour,amount\nK1,2026-03-05,14:30,12.50\nK2,2026-03-05,,1\n")
    options = ("--map", "customer=customer", "--map", "date=day", "--map", "time=hour", "--map", "amount=amount")
    assert [event["time"] for event in imported(file, *options)[0]] == ["2026-03-05T12:00:00Z", "2026-03-05T14:30:00Z"]


def test_a_log_without_amounts_needs_the_option_and_gives_orders_of_zero(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer,time\nK1,2026-03-05\n")
    assert "--no-amounts" in run(file, *ENGLISH[:4]).stderr
    events, summary = imported(file, *ENGLISH[:4], "--no-amounts")
    assert totals(events) == ["0.00"] and summary["notes"] == {"orders of amount zero, kept": 1}


def test_an_unquoted_delimiter_in_an_amount_does_not_shift_the_columns(tmp_path: Path) -> None:
    result = run(written(tmp_path / "a.csv", "customer,time,amount\nK1,2026-03-05,12,50\n"), *ENGLISH)
    assert result.exit_code == 1 and "missing-columns (first in line 2)" in result.stderr


def test_two_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    result = run(written(tmp_path / "a.csv", "customer,time,amount,amount\nK1,2026-03-05,1,2\n"), *ENGLISH)
    assert result.exit_code == 2 and "more than one column 'amount'" in result.stderr


# ---- quotes and lines ----


def test_a_quote_that_nothing_closes_is_reported_with_its_line() -> None:
    result = run(CASES / "lone-quote" / "quote.csv", *ENGLISH, "--map", "category=category")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "quote.csv, line 2:" in result.stderr and "--quotes none" in result.stderr


def test_without_quoting_a_quote_is_a_character() -> None:
    events, summary = imported(
        CASES / "lone-quote" / "quote.csv", *ENGLISH, "--map", "category=category", "--quotes", "none"
    )
    assert totals(events) == ["10.00", "20.00", "30.00", "40.00", "50.00"]
    assert (summary["file_lines"], summary["lines"], summary["not_data"]) == (6, 5, {"header": 1})


def test_two_stray_quotes_do_not_swallow_the_lines_between_them(tmp_path: Path) -> None:
    text = 'customer,time,amount,category\nK1,2026-03-05,1,"pan\nK2,2026-03-06,2,bed\nK3,2026-03-07,3,tray"\n'
    result = run(written(tmp_path / "a.csv", text), *ENGLISH)
    assert result.exit_code == 2 and "line 2: a cell begins with a quote" in result.stderr


def test_the_opening_line_is_that_of_the_last_quote(tmp_path: Path) -> None:
    text = 'note,customer,time,amount\n"a\nb",K1,2026-03-05,"1\n'
    assert "line 3: a cell" in run(written(tmp_path / "a.csv", text), *ENGLISH).stderr


def test_every_line_of_the_file_is_accounted_for(tmp_path: Path) -> None:
    text = 'sep=,\ncustomer,time,amount,note\nK1,2026-03-05,1,"two\nlines"\n\n,,,\nK2,2026-03-05,2,x\nK3,never,3,x\n'
    _, summary = imported(written(tmp_path / "a.csv", text), *ENGLISH, "--accept-losses")
    assert summary["not_data"] == {"blank": 2, "continued": 1, "header": 2}
    assert summary["file_lines"] == 8 == summary["lines"] + sum(summary["not_data"].values())


# ---- names ----


def test_invisible_characters_cost_no_line() -> None:
    file = CASES / "invisible-characters" / "e_nbsp.csv"
    events, _ = imported(file, *ENGLISH, "--map", "category=category", "--map", "sku=sku")
    assert sorted(totals(events)) == ["10.00", "20.00", "40.00", "80.00"]
    categories = {event["properties"]["lines"][0].get("category") for event in events}
    assert {"Küche & Bad", "Schlafzimmer", "bed"} <= categories


def test_joiners_of_a_word_arrive_in_the_service() -> None:
    file = CASES / "invisible-characters" / "e_nbsp.csv"
    events, summary = imported(file, *ENGLISH, "--map", "category=category", "--map", "sku=sku")
    read = [load_event(event, SHOP) for event in events]
    assert "آشپز\u200cخانه" in {event.properties["lines"][0]["category"] for event in read}
    assert summary["notes"] == {} and not any(event.warnings for event in read)


def test_a_label_that_cannot_be_used_is_left_out_and_counted(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer,time,amount,category\nK1,2026-03-05,1,#N/A\n")
    events, summary = imported(file, *ENGLISH, "--map", "category=category")
    assert "category" not in events[0]["properties"]["lines"][0]
    assert summary["notes"] == {"labels left out, because they cannot be used": 1}


# ---- losses ----


def log(usable: int, unusable: int) -> str:
    lines = [f"K{n},2026-03-05,1\n" for n in range(usable)] + [f"L{n},never,1\n" for n in range(unusable)]
    return "customer,time,amount\n" + "".join(lines)


def test_up_to_five_percent_of_lines_may_be_unusable(tmp_path: Path) -> None:
    assert len(imported(written(tmp_path / "a.csv", log(19, 1)), *ENGLISH)[0]) == 19


def test_above_five_percent_nothing_is_written(tmp_path: Path) -> None:
    file, out = written(tmp_path / "a.csv", log(18, 1)), written(tmp_path / "out.jsonl", "before")
    result = run(file, *ENGLISH, "--out", out)
    assert result.exit_code == 1 and "--accept-losses" in result.stderr
    assert out.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "out.jsonl"]


def test_above_five_percent_nothing_reaches_standard_output(tmp_path: Path) -> None:
    assert run(written(tmp_path / "a.csv", log(18, 1)), *ENGLISH).stdout == ""


def test_losses_can_be_accepted(tmp_path: Path) -> None:
    assert len(imported(written(tmp_path / "a.csv", log(1, 1)), *ENGLISH, "--accept-losses")[0]) == 1


def test_a_link_as_target_stays_a_link(tmp_path: Path) -> None:
    real = written(tmp_path / "real.jsonl", "")
    (tmp_path / "link.jsonl").symlink_to(real)
    run(written(tmp_path / "a.csv", log(1, 0)), *ENGLISH, "--out", tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink() and real.read_bytes().count(b"\n") == 1


# ---- several exports of one log ----


def net_spend(*exports: list[dict[str, Any]]) -> int:
    """Of the one customer of these exports, loaded one after the other."""
    events = [load_event(event, SHOP, None) for export in exports for event in export]
    profile = reduce(lambda known, event: apply(known, event, {}, DAYS), events, Profile(events[0].customer))
    return profile.purchases.spend


def exported(name: str, *options: str) -> list[dict[str, Any]]:
    return imported(CASES / "second-export" / name, *ENGLISH, *options)[0]


def test_a_later_export_adds_only_its_new_lines() -> None:
    assert net_spend(exported("morning.csv"), exported("evening.csv")) == 140_00


def test_two_partial_returns_of_an_order_count_both() -> None:
    weeks = [exported(f"week{n}.csv", "--map", "order_id=order_id") for n in (1, 2, 3)]
    assert net_spend(*weeks) == 65_00


def test_equal_lines_are_two_purchases_and_counted(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "customer,time,amount\n" + 2 * "K1,2026-03-05,1\n")
    events, summary = imported(file, *ENGLISH)
    assert len({event["id"] for event in events}) == 2
    assert summary["notes"] == {"lines equal to an earlier line, counted again": 1}
