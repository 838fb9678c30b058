"""A table that goes to a spreadsheet and comes back is the same table, and what comes back goes out the same."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from authoring.checking import check_texts
from authoring.spreadsheets import SEPARATORS, Sheet, csv_of, rows_from, rows_of, sheet_from, sheet_of
from authoring.spreadsheets.model import Comment, Line
from authoring.spreadsheets.yaml_file import Remarks, yaml_of
from engine.rulebook.findings import Report, render
from engine.rulebook.model import Row, Table
from tests.support.small_book import BOOK
from tests.support.unary_tests import KINDS, Kind, cells

FILE = "tables/churn_risk.yaml"
COLUMNS = {
    "customer.orders": "count",
    "customer.spend": "money",
    "customer.days_since_last_order": "days",
    "customer.pause_chance": "number",
    "customer.return_share": "share",
    "customer.identified": "boolean",
    "customer.categories": "set",
    "customer.first_name": "text",
}
OUTPUTS = ("none", "low", "high")
HARD = (
    "=1+1",
    "'=1+1",
    "''-x",
    "-",
    "+5",
    "@x",
    "a,b;c",
    '"q"',
    "两",
    " blanks ",
    "#",
    "\t",
    "a\nb",
    "5",
    "yes",
    "true",
)
texts = st.sampled_from(HARD) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\ufeff"), min_size=1
)
notes = st.sampled_from(("", "why", "a # b", "=x", "two words, 两")) | st.just("")


@st.composite
def tables(draw: st.DrawFn) -> Sheet:
    """Of a rulebook: every cell is one that its column takes."""
    columns = tuple(draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4, unique=True)))
    kinds: list[Kind] = [KINDS[COLUMNS[column]] for column in columns]
    lines = list[Line | Comment]()
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.integers(0, 4)) == 0:
            lines.append(Comment(draw(notes)))
        written = (draw(cells(kind))[1] for kind in kinds)
        lines.append(Line((*written, draw(st.sampled_from(OUTPUTS))), draw(notes)))
    said = {"table": ("churn_risk",), "decides": ("customer.churn_risk",), "pick": ("first",), "otherwise": ("low",)}
    if draw(st.booleans()):
        said |= {"pick": ("priority",), "order": tuple(draw(st.permutations(OUTPUTS)))}
    return Sheet(said, columns, tuple(lines))


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """With anything in the cells."""
    width = draw(st.integers(2, 4))
    not_blank = texts.filter(lambda text: bool(text.strip()))
    rows = draw(st.lists(st.tuples(*[not_blank] * width), max_size=5))
    said = {"table": ("t",), "decides": ("d",), "pick": ("first",), "otherwise": (draw(not_blank),)}
    return Sheet(said, tuple(f"c{n}" for n in range(width - 1)), tuple(Line(row, draw(notes)) for row in rows))


def read(text: str) -> Sheet:
    report = Report()
    sheet = sheet_of(FILE, text.encode(), report)
    assert sheet is not None, render(report.findings)
    return sheet


def through_a_spreadsheet(sheet: Sheet, separator: str) -> Sheet:
    back, mistakes = sheet_from(rows_of(csv_of(rows_from(sheet), separator)))
    assert mistakes == []
    return back


def loaded(text: str) -> Table:
    book, findings = check_texts({**BOOK, FILE: text})
    assert book is not None, render(findings)
    return book.tables[0]


def said(table: Table) -> tuple[object, ...]:
    """All of a table but where it stands."""
    rows = [Row(tuple(map(repr, row.cells)), row.output) for row in table.rows]  # type: ignore[arg-type]
    return table.id, table.decides, table.pick, table.columns, rows, table.otherwise, table.order


@settings(max_examples=60, deadline=None)
@given(sheet=tables(), separator=st.sampled_from(sorted(SEPARATORS.values())))
def test_a_table_that_comes_back_from_a_spreadsheet_is_the_same_table(sheet: Sheet, separator: str) -> None:
    text = yaml_of(sheet, Remarks()).text
    again = yaml_of(through_a_spreadsheet(read(text), separator), Remarks()).text
    assert again == text
    assert said(loaded(again)) == said(loaded(text))


@settings(max_examples=200, deadline=None)
@given(sheet=sheets(), separator=st.sampled_from(sorted(SEPARATORS.values())))
@example(Sheet({"table": ("t",), "decides": ("d",), "pick": ("first",)}, ("c",), (Line(("#", "#"), "#"),)), ",")
def test_whatever_stands_in_cells_goes_to_the_spreadsheet_and_to_yaml_and_back(sheet: Sheet, separator: str) -> None:
    data = csv_of(rows_from(sheet), separator)
    back = through_a_spreadsheet(sheet, separator)
    assert back == sheet
    assert csv_of(rows_from(read(yaml_of(back, Remarks()).text)), separator) == data
