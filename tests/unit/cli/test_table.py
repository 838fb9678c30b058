"""`patron table`: a decision table goes to a spreadsheet and comes back, with real files."""

import json
from pathlib import Path

import pytest

from authoring.checking import load
from tests.support.books import RULES
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

TABLE = """\
# Who may leave us.
table: churn_risk    # permanent
decides: customer.churn_risk
pick: first
columns: [customer.orders, customer.pause_chance]
rows:
  - ["0", "-",      none]    # has never bought
  # a silence that is long
  - ["-", "< 0.05", high]
otherwise: low
# The end.
"""
CSV = """\
table,churn_risk
decides,customer.churn_risk
pick,first
otherwise,low
customer.orders,customer.pause_chance,customer.churn_risk,# note
0,-,none,has never bought
# a silence that is long
-,< 0.05,high,
"""
HEAD = "table,churn_risk\ndecides,customer.churn_risk\npick,first\notherwise,low\n"
COLUMNS = "customer.orders,customer.pause_chance,customer.churn_risk\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tables/churn_risk.yaml": TABLE})


def sheet(folder: Path, text: str | bytes) -> Path:
    """A CSV file."""
    path = folder / "churn_risk.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table_of(rules: Path) -> str:
    return (rules / "tables/churn_risk.yaml").read_text(encoding="utf-8")


def test_a_table_is_exported_by_its_name_with_the_comments_of_its_rows(rules: Path) -> None:
    out = rules.parent / "x.csv"
    done = patron("table", "export", "churn_risk", "--rules", rules, "--out", out)
    assert (done.exit_code, done.stdout) == (0, f"{out}: 2 rows of the table churn_risk\n")
    assert out.read_bytes() == b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()


def test_a_file_is_exported_to_standard_output_with_another_separator(rules: Path) -> None:
    done = patron("table", "export", rules / "tables/churn_risk.yaml", "--separator", "semicolon")
    assert done.exit_code == 0
    assert "0;-;none;has never bought\r\n" in done.stdout.replace("\n", "\r\n").replace("\r\r", "\r")


def test_what_was_exported_is_imported_without_a_change(rules: Path) -> None:
    done = patron("table", "import", sheet(rules.parent, CSV), "--rules", rules)
    assert (done.exit_code, done.stdout.endswith("2 rows; tables/churn_risk.yaml is up to date\n")) == (0, True)
    assert table_of(rules) == TABLE


@pytest.mark.parametrize("table", sorted(path.stem for path in (RULES / "tables").glob("*.yaml")))
def test_a_shipped_table_comes_back_as_it_was(table: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    patron("table", "export", table, "--rules", RULES, "--out", path)
    done = patron("table", "import", path, "--rules", RULES, "--check")
    assert (done.exit_code, "is up to date" in done.stdout) == (0, True)


def test_rows_are_replaced_and_the_comments_around_them_stay(rules: Path) -> None:
    changed = CSV.replace("-,< 0.05,high,", ">= 2,[0..0.1],high,twice\n-,< 0.05,high,")
    done = patron("table", "import", sheet(rules.parent, changed), "--rules", rules)
    assert (done.exit_code, "3 rows; tables/churn_risk.yaml written" in done.stdout) == (0, True)
    assert table_of(rules) == (
        "# Who may leave us.\n"
        "table: churn_risk  # permanent\n"
        "decides: customer.churn_risk\n"
        "pick: first\n"
        "columns: [customer.orders, customer.pause_chance]\n"
        "rows:\n"
        '  - ["0",    "-",        none]    # has never bought\n'
        "  # a silence that is long\n"
        '  - [">= 2", "[0..0.1]", high]    # twice\n'
        '  - ["-",    "< 0.05",   high]\n'
        "otherwise: low\n"
        "# The end.\n"
    )
    assert len(load(rules).tables[0].rows) == 3


def test_with_check_nothing_is_written(rules: Path) -> None:
    changed = sheet(rules.parent, CSV.replace("high", "none"))
    done = patron("table", "import", changed, "--rules", rules, "--check")
    assert (done.exit_code, "tables/churn_risk.yaml would change" in done.stdout) == (0, True)
    assert table_of(rules) == TABLE


def test_a_table_that_is_not_there_becomes_a_new_file(tmp_path: Path) -> None:
    texts = {name: text for name, text in BOOK.items() if not name.startswith("tables/")}
    rules = folder_of(tmp_path / "rules", texts)
    done = patron("table", "import", sheet(tmp_path, CSV), "--rules", rules)
    assert (done.exit_code, "tables/churn_risk.yaml written" in done.stdout) == (0, True)
    assert load(rules).tables[0].id == "churn_risk"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode(),
        CSV.replace(",", ";").encode(),
        CSV.replace(",", "\t").encode(),
        b"sep=;\r\n" + CSV.replace(",", ";").encode(),
        CSV.replace("first\n", "first,,,\n\n,,,\n").encode(),
        CSV.replace("\n", "\r").encode(),
        "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in CSV.splitlines()).encode(),
    ],
    ids=("bom", "semicolons", "tabs", "sep", "empty-cells", "old-mac", "all-quoted"),
)
def test_what_spreadsheet_programs_write_is_read(data: bytes, rules: Path) -> None:
    done = patron("table", "import", sheet(rules.parent, data), "--rules", rules)
    assert (done.exit_code, "is up to date" in done.stdout) == (0, True), done.stdout


def test_each_wrong_cell_is_named_as_a_spreadsheet_names_it(rules: Path) -> None:
    rows = "0,-,none\n-,<< 0.05,high\n,-,hihg\n1,,low,too,much\n"
    done = patron("table", "import", sheet(rules.parent, HEAD + COLUMNS + rows), "--rules", rules)
    assert (done.exit_code, table_of(rules)) == (1, TABLE)
    assert done.stdout == (
        "churn_risk.csv: row 7, column B (customer.pause_chance): << 0.05: unknown comparison\n  write <\n"
        "churn_risk.csv: row 8, column A (customer.orders): the cell is empty\n"
        "  write - for any value\n"
        "churn_risk.csv: row 9, column B (customer.pause_chance): the cell is empty\n"
        "  write - for any value\n"
        "churn_risk.csv: row 9, column D: a cell beyond the 3 columns\n"
        '  put a cell that contains the separator in quotes: "a, b"\n'
        "churn_risk.csv: row 9, column E: a cell beyond the 3 columns\n"
        '  put a cell that contains the separator in quotes: "a, b"\n'
        f"{rules.parent}/churn_risk.csv: 5 errors; nothing was written\n"
    )


def test_rows_that_overlap_are_named_by_their_rows_in_the_spreadsheet(rules: Path) -> None:
    rows = "0,-,none\n# and\n[0..3],< 0.05,high\n"
    text = HEAD.replace("first", "only_one") + COLUMNS + rows
    done = patron("table", "import", sheet(rules.parent, text), "--rules", rules)
    assert done.exit_code == 1
    assert "churn_risk.csv: row 8: row 6 and row 8 match the same customers, for example a customer with" in done.stdout


def test_machines_get_the_cells_as_json(rules: Path) -> None:
    path = sheet(rules.parent, HEAD + COLUMNS + "0,-,nnoe\n")
    done = patron("table", "import", path, "--rules", rules, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["written"]) == (1, False)
    assert told["errors"] == [
        {
            "row": 6,
            "column": "C",
            "name": "customer.churn_risk",
            "message": "nnoe is not a value of customer.churn_risk",
            "hint": "did you mean none?",
        }
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "churn_risk.csv: the file is empty"),
        (b",,,\r\n;;\n", "churn_risk.csv: the file is empty"),
        (CSV.encode("utf-16"), "churn_risk.csv: the file is written in UTF-16\n  save it as"),
        ((CSV + "1,-,\xe9\n").encode("latin-1"), "churn_risk.csv: row 9: a character that is not UTF-8\n  save it as"),
        (CSV + '"1,-,none\n', "churn_risk.csv: row 9: a cell begins with a quote and does not end with one"),
        ("x," * 2_500_000, "churn_risk.csv: larger than 4,000,000 bytes"),
        (f"{HEAD}{COLUMNS}{'a' * 140_000},-,low\n", "row 6: a cell is longer than 131,072 characters"),
        (
            "pick,first\n" + COLUMNS,
            "row 2, column A: above the columns, add a row for table, decides\n  write table in",
        ),
        (
            "tabel,churn_risk\n" + COLUMNS,
            "column A: above the columns, add a row for table, decides, pick\n  did you mean",
        ),
        (HEAD, "churn_risk.csv: there is no row with the columns of the table"),
        (
            HEAD + "customer.orders,customer.orders\n0,none\n",
            "row 5, column B: the last column must be customer.churn_risk",
        ),
        (
            HEAD + "customer.orders,,customer.churn_risk\n0,-,none\n",
            "row 5, column B: a column without the name of a fact",
        ),
        (HEAD + "customer.ordrs,customer.churn_risk\n0,none\n", "row 5, column A (customer.ordrs): there is no fact"),
        (HEAD.replace("first", "frist") + COLUMNS + "0,-,low\n", "row 3, column B (pick): frist is not possible here"),
        (HEAD.replace("low", "lo") + COLUMNS + "0,-,low\n", "row 4, column B (otherwise): lo is not a value"),
        (HEAD + COLUMNS, "rows needs at least 1 in its list"),
        (HEAD + COLUMNS + "0,\x07,low\n", "row 6, column B: a character that cannot be shown (U+0007)"),
        (
            HEAD.replace("churn_risk\nd", "../../x\nd") + COLUMNS + "0,-,low\n",
            "row 1, column B (table): ../../x is not",
        ),
        (
            HEAD + COLUMNS + '0,-,"=HYPERLINK(1)"\n',
            "row 6, column C (customer.churn_risk): =HYPERLINK(1) is not a value",
        ),
    ],
)
def test_a_sheet_that_is_no_table_is_refused_with_a_reason(text: str | bytes, said: str, rules: Path) -> None:
    done = patron("table", "import", sheet(rules.parent, text), "--rules", rules)
    assert (done.exit_code, table_of(rules)) == (1, TABLE)
    assert said in done.stdout
    assert "Traceback" not in done.output


def test_nothing_is_written_while_another_file_has_an_error(rules: Path) -> None:
    (rules / "shop.yaml").write_text("currency: XXX\n", encoding="utf-8")
    done = patron("table", "import", sheet(rules.parent, CSV.replace("high", "low")), "--rules", rules)
    assert (done.exit_code, table_of(rules)) == (1, TABLE)
    assert "shop.yaml:1:" in done.stdout


def test_a_row_that_is_never_reached_is_a_warning_and_is_written(rules: Path) -> None:
    done = patron("table", "import", sheet(rules.parent, CSV + "0,< 0.5,none,\n"), "--rules", rules)
    assert done.exit_code == 0
    assert "churn_risk.csv: row 9: row 9 is never reached: row 6 matches all its customers first" in done.stdout
    assert "(warning)" in done.stdout


def test_cells_that_a_program_would_run_are_shielded_on_the_way_out(tmp_path: Path) -> None:
    rules = folder_of(tmp_path, {"t.yaml": TABLE.replace('"-",      none', '"-",      "=1+1"')})
    done = patron("table", "export", rules / "t.yaml")
    assert "0,-,'=1+1,has never bought" in done.stdout


def test_a_table_that_is_not_there_is_a_wrong_call_with_the_nearest_name(rules: Path) -> None:
    done = patron("table", "export", "churnrisk", "--rules", rules)
    assert (done.exit_code, done.stderr) == (
        2,
        f"patron: {rules} has no table churnrisk: did you mean churn_risk?\n",
    )


def test_a_file_that_is_no_table_is_not_exported(rules: Path) -> None:
    done = patron("table", "export", rules / "shop.yaml")
    assert (done.exit_code, done.stderr.count("missing-key: a table needs the key")) == (1, 5)


def test_a_place_that_cannot_be_written_is_told(rules: Path) -> None:
    done = patron("table", "export", "churn_risk", "--rules", rules, "--out", rules / "shop.yaml" / "x.csv")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)


def test_a_table_of_ten_thousand_rows_is_imported(rules: Path) -> None:
    rows = "".join(f"[{10 * n}..{10 * n + 9}],-,{'high' if n % 2 else 'low'}\n" for n in range(10_000))
    text = HEAD.replace("first", "only_one") + COLUMNS + rows
    done = patron("table", "import", sheet(rules.parent, text), "--rules", rules)
    assert (done.exit_code, "10,000 rows; tables/churn_risk.yaml written" in done.stdout) == (0, True), done.stdout
    assert len(load(rules).tables[0].rows) == 10_000
