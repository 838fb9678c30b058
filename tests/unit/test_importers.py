"""Purchase logs become events: what is read, what is dropped and why, and what no file can make it do: crash."""

import gzip
import json
import os
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.import_ import import_group
from cli.importers import tables
from cli.importers.orders import externally_sorted
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from tests.support.commands import unnamed

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SHOP = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
MASTER = b" 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n 00002 19970112  5   77.00\r\n"
CDNOW = "customer_id,date,cds,amount\n00002,1997-01-12,1,12.0\n00002,1997-01-12,5,77.0\n00001,1997-01-01,1,11.77\n"
RETAIL = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared purchase logs are not here")


def run(*arguments: object) -> Result:
    return unnamed(CliRunner().invoke(import_group, [str(argument) for argument in arguments]))


def imported(*arguments: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events on stdout, the summary from stderr; every event is one that the engine takes."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    for event in events:
        load_event(event, SHOP, None)
    return events, json.loads(result.stderr)


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---- CDNOW ----


def test_purchases_of_one_customer_and_day_are_one_order(tmp_path: Path) -> None:
    events, summary = imported("cdnow", written(tmp_path / "c.csv", CDNOW))
    assert [e["id"] for e in events] == ["cdnow-00001-19970101", "cdnow-00002-19970112"]
    assert events[1]["time"] == "1997-01-12T12:00:00Z" and events[1]["decide"] == "none"
    assert events[1]["properties"]["total"] == "89.00" and len(events[1]["properties"]["lines"]) == 2
    assert (summary["lines"], summary["events"], summary["customers"]) == (3, 2, 2)


def packed(tmp_path: Path, kind: str) -> Path:
    if kind == "gz":
        return written(tmp_path / "c.csv.gz", gzip.compress(CDNOW.encode()))
    if kind == "txt":
        return written(tmp_path / "CDNOW_master.txt", MASTER)
    if kind == "sample":
        return written(tmp_path / "CDNOW_sample.txt", MASTER.replace(b"1997", b"0001 1997"))
    member = written(tmp_path / "CDNOW_master.txt", b" customer_id  date number_of_cds  dollar_value\r\n" + MASTER)
    if kind == "whl":
        with zipfile.ZipFile(tmp_path / "lifetimes.whl", "w") as archive:
            archive.writestr("lifetimes/datasets/CDNOW_sample.txt", b"")
            archive.write(member, "lifetimes/datasets/CDNOW_master.txt")
        return tmp_path / "lifetimes.whl"
    with tarfile.open(tmp_path / "lifetimes.tar.gz", "w:gz") as tar:
        tar.add(member, "lifetimes-0.11.3/lifetimes/datasets/CDNOW_master.txt")
    return tmp_path / "lifetimes.tar.gz"


@pytest.mark.parametrize("kind", ["gz", "txt", "sample", "whl", "tar.gz"])
def test_every_form_of_cdnow_gives_the_same_events(tmp_path: Path, kind: str) -> None:
    plain, _ = imported("cdnow", written(tmp_path / "plain.csv", CDNOW))
    assert imported("cdnow", packed(tmp_path, kind))[0] == plain


def test_a_day_with_a_free_cd_is_kept_and_counted(tmp_path: Path) -> None:
    events, summary = imported("cdnow", written(tmp_path / "c.csv", CDNOW + "00009,1997-02-01,1,0.0\n"))
    assert events[-1]["properties"]["total"] == "0.00"
    assert summary["notes"] == {"orders of amount zero, kept": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7,1997-01-12,1", "missing-columns"),
        (",1997-01-12,1,5.0", "no-customer"),
        ("x" * 101 + ",1997-01-12,1,5.0", "bad-id"),
        ("7,12th of May,1,5.0", "bad-time"),
        ("7,1997-02-30,1,5.0", "bad-time"),
        ("7,0001-01-01,1,5.0", "bad-time"),
        ("7,1997-01-12,many,5.0", "bad-quantity"),
        ("7,1997-01-12,1,nan", "bad-amount"),
        ("7,1997-01-12,1,1e400", "bad-amount"),
        ("7,1997-01-12,1,9" + "9" * 60, "bad-amount"),
        ("7,1997-01-12,1,1_000", "bad-amount"),
        ("7,1997-01-12,1,-5.0", "negative-amount"),
    ],
)
def test_a_bad_line_is_dropped_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    events, summary = imported("cdnow", written(tmp_path / "c.csv", CDNOW + line + "\n"), "--accept-losses")
    assert len(events) == 2
    assert summary["dropped"] == {reason: {"lines": 1, "first": 5}}


# ---- Online Retail ----


def test_an_invoice_is_one_order_and_what_came_back_is_a_return_at_its_own_time(tmp_path: Path) -> None:
    lines = (
        "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,13085.0,UK\n"
        "489434,22041,FRAME,2,2009-12-01 07:45:00,2.1,13085.0,UK\n"
        "C489999,85048,BALL,-2,2009-12-05 09:00:00,6.95,13085.0,UK\n"
    )
    events, _ = imported("online-retail", written(tmp_path / "r.csv", RETAIL + lines))
    order, back = events
    assert (order["customer"], order["properties"]["total"]) == ({"id": "13085"}, "87.60")
    assert (back["type"], back["time"]) == ("order_returned", "2009-12-05T09:00:00Z")
    assert back["properties"] == {"order_id": "C489999", "amount": "13.90"}


def test_lines_that_are_no_goods_of_a_known_customer_are_dropped(tmp_path: Path) -> None:
    lines = (
        "1,85048,BALL,1,2009-12-01 07:45:00,6.95,,UK\n"
        "1,POST,POSTAGE,1,2009-12-01 07:45:00,6.95,5,UK\n"
        "1,85048,BALL,1,2009-12-01 07:45:00,0,5,UK\n"
        "1,85048,BALL,1,2009-12-01 07:45:00,2.50,5,UK\n"
    )
    events, summary = imported("online-retail", written(tmp_path / "r.csv", RETAIL + lines))
    assert [event["properties"]["total"] for event in events] == ["2.50"]
    assert set(summary["dropped"]) == {"no-customer", "service-code", "price-not-positive"}


def test_an_order_of_more_lines_than_an_event_may_have_keeps_its_total(tmp_path: Path) -> None:
    lines = "".join(f"1,{10000 + i},X,1,2009-12-01 07:45:00,1.50,5,UK\n" for i in range(650))
    events, summary = imported("online-retail", written(tmp_path / "r.csv", RETAIL + lines))
    assert events[0]["properties"]["total"] == "975.00"
    assert len(events[0]["properties"]["lines"]) == 200 and len(summary["notes"]) == 1


def test_a_spreadsheet_is_asked_for_as_csv(tmp_path: Path) -> None:
    result = run("online-retail", written(tmp_path / "r.xlsx", b"PK\x03\x04"))
    assert result.exit_code == 2 and "save it as CSV" in result.stderr


def test_without_pyarrow_a_parquet_file_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("online-retail", written(tmp_path / "r.parquet", b"PAR1"))
    assert result.exit_code == 2 and "make install-analytics" in result.stderr


# ---- any CSV ----

TILL = "who;when;paid\nanna;24.12.2025;12,50\n"
MAP = ("--map", "customer=cust", "--map", "time=at", "--map", "amount=paid")


def test_the_map_names_the_columns_and_the_zone_gives_the_day(tmp_path: Path) -> None:
    text = "at,paid,cust\n24.12.2025 23:30,12.50,anna\n25.12.2025 00:10,1.00,anna\n24.12.2025 10:00,2.00,anna\n"
    form = ("--time-format", "%d.%m.%Y %H:%M", "--zone", "Europe/Berlin", "--channel", "store", "--group-by", "day")
    events, _ = imported("csv", written(tmp_path / "t.csv", text), *MAP, *form)
    assert [e["properties"]["total"] for e in events] == ["14.50", "1.00"]
    assert events[0]["time"] == "2025-12-24T09:00:00Z" and events[0]["channel"] == "store"


def test_a_date_alone_is_its_noon_and_a_negative_amount_a_return(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "cust,at,paid,no\nanna,2025-12-24,10,A1\nanna,2025-12-30,-4,A1\n")
    (order, back), _ = imported("csv", file, *MAP, "--map", "order_id=no")
    assert order["time"] == "2025-12-24T12:00:00Z"
    assert back["properties"] == {"order_id": order["properties"]["order_id"], "amount": "4.00"}


def test_the_cost_of_a_line_is_kept_where_it_is_known(tmp_path: Path) -> None:
    file = written(tmp_path / "till.csv", "cust,at,paid,price\n1,2026-01-05,9.90,6.5\n1,2026-01-05,5,\n")
    ((order,), _) = imported("csv", file, *MAP, "--map", "cost=price", "--group-by", "day")
    assert [line.get("cost") for line in order["properties"]["lines"]] == ["6.50", None]


def test_two_customers_may_have_the_same_order_number(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "cust,at,paid,no\nanna,2025-12-24,10,1\nbo,2025-12-24,10,1\n")
    events, _ = imported("csv", file, *MAP, "--map", "order_id=no")
    assert len({event["id"] for event in events}) == 2


def test_the_currency_says_how_many_decimals_count(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "cust,at,paid\nanna,2025-12-24,1200.4\n")
    result = run("csv", file, *MAP, "--currency", "JPY", "--json")
    assert json.loads(result.stdout)["properties"]["total"] == "1200"
    assert json.loads(result.stderr)["notes"] == {"amounts rounded": 1}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--map", "customer=who"), "time, amount must be mapped"),
        ((*MAP, "--map", "custmer=x"), "expected FIELD=COLUMN"),
        ((*MAP, "--map", "amount=b"), "each field once"),
        ((*MAP, "--zone", "Europe/Berln"), "Berln"),
        ((*MAP, "--zone", "../etc"), "--zone"),
        ((*MAP, "--encoding", "utf-9"), "utf-9"),
        ((*MAP, "--delimiter", "::"), "one character"),
        ((*MAP, "--currency", "euro"), "not a currency code"),
    ],
)
def test_a_wrong_option_is_explained(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run("csv", written(tmp_path / "t.csv", TILL), *arguments)
    assert result.exit_code == 2 and said in result.stderr


# ---- files that are not what they should be ----


@pytest.mark.parametrize("kind", ["cdnow", "online-retail", "csv"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"hello", b"a,b\n1,2\n", bytes(range(256)) * 9, b"\x1f\x8b\x08junk", b"PK\x03\x04junk", b"PAR1junk"],
)
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, kind: str, content: bytes) -> None:
    file = written(tmp_path / "x.csv", content)
    result = run(kind, file, *(MAP if kind == "csv" else ()))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"patron: {file}") and result.stderr.count("\n") == 1


def test_a_gzip_file_that_is_cut_short_writes_nothing(tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(9).hex().join(CDNOW.splitlines(keepends=True) * 500).encode())
    out = tmp_path / "o.jsonl"
    result = run("cdnow", written(tmp_path / "c.csv.gz", whole[: len(whole) // 2]), "--out", out)
    assert result.exit_code == 2 and "cut short" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv.gz"]


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    assert "is a folder" in run("cdnow", tmp_path).stderr
    assert "No such file" in run("cdnow", tmp_path / "none.csv").stderr


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("cdnow", written(tmp_path / "c.csv", CDNOW), "--out", tmp_path / "no" / "o.jsonl")
    assert result.exit_code == 2 and "cannot be written" in result.stderr


def test_a_file_without_a_usable_line_ends_with_exit_code_1(tmp_path: Path) -> None:
    result = run("cdnow", written(tmp_path / "c.csv", "customer_id,date,cds,amount\n7,never,1,5\n"))
    assert result.exit_code == 1 and "bad-time (first in line 2)" in result.stderr


# ---- order, repeats, memory ----


def test_importing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    file, outs = written(tmp_path / "c.csv", CDNOW), (tmp_path / "a", tmp_path / "b")
    for out in outs:
        assert run("cdnow", file, "--out", out).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("run_length", [1, 7, 100, 1000])
def test_sorting_through_files_is_sorting(run_length: int) -> None:
    items = [((i * 7919) % 101, f"k{i}", None) for i in range(500)]
    assert [tuple(item) for item in externally_sorted(items, run_length)] == sorted(items, key=lambda item: item[:2])


def test_progress_never_goes_back_and_reaches_the_end(tmp_path: Path) -> None:
    told: list[int] = []
    file = written(tmp_path / "c.csv", CDNOW.splitlines()[0] + "\n" + "1,1997-01-01,1,1.0\n" * 30_000)
    assert sum(1 for _ in tables.read_csv(file, [("date",)], told.append)) == 30_000
    assert told == sorted(told) and told[-1] > file.stat().st_size * 0.9


# ---- the real logs ----


@needs_data
def test_all_of_cdnow_is_read() -> None:
    events, summary = imported("cdnow", DATA / "cdnow_even.csv.gz")
    assert summary["lines"] == 34_355 and summary["dropped"] == {}
    assert (len(events), summary["customers"]) == (33_395, 11_785)


@needs_data
def test_all_of_online_retail_is_read(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "o.jsonl"
    summary = json.loads(run("online-retail", DATA / "online_retail_ii_18m.parquet", "--out", out, "--json").stdout)
    assert summary["lines"] == 711_967
    assert sum(each["lines"] for each in summary["dropped"].values()) == 162_692
    times = [json.loads(line)["time"] for line in out.open(encoding="utf-8")]
    assert len(times) == summary["events"] == 30_942 and times == sorted(times)
