"""The rows of a spreadsheet as a sheet, and errors in its shape. Cells are checked by the rulebook."""

from collections.abc import Iterator, Sequence

from authoring.spreadsheets.model import KEYS, NOTE, At, Comment, Line, Mistake, Sheet
from engine.rulebook.source import FORBIDDEN
from engine.rulebook.values import did_you_mean

_NEEDED = ("table", "decides", "pick")


def sheet_from(rows: Sequence[Sequence[str]]) -> tuple[Sheet, list[Mistake]]:
    """The sheet, without the erroneous rows, and their errors."""
    mistakes = [_unprintable(at, cell) for at, cell in _cells(rows) if FORBIDDEN.search(cell)]
    said: dict[str, tuple[str, ...]] = {}
    said_in: dict[str, int] = {}
    heading = 0
    for number, row in enumerate(rows, start=1):
        key = row[0].strip() if row else ""
        if key in KEYS and key not in said:
            said[key], said_in[key] = tuple(row[1:]), number
        elif row and not (key.startswith("#") and len(row) == 1):
            heading = number
            break
    sheet = Sheet(said, (), (), heading, said_in)
    lacking = [key for key in _NEEDED if not sheet.one(key).strip()]
    if lacking or not heading:
        return sheet, [*mistakes, _lacking(rows, lacking, heading)]
    return _with_rows(sheet, rows, mistakes)


def _with_rows(sheet: Sheet, rows: Sequence[Sequence[str]], mistakes: list[Mistake]) -> tuple[Sheet, list[Mistake]]:
    heads = [cell.strip() for cell in rows[sheet.heading - 1]]
    has_notes = heads[-1].startswith("#")
    facts = heads[:-1] if has_notes else heads
    found = list(_heading_mistakes(facts, sheet))
    if found:
        return sheet, [*mistakes, *found]
    wrong = {mistake.at.row for mistake in mistakes if mistake.at}
    lines: list[Line | Comment] = []
    for number, row in enumerate(rows[sheet.heading :], start=sheet.heading + 1):
        if not row:
            continue
        if len(row) == 1 and row[0].startswith("#"):
            lines.append(Comment(_one_line(row[0].removeprefix("#"))))
        elif bad := list(_row_mistakes(row, facts, len(heads), number)):
            mistakes += bad
        elif number not in wrong:
            note = row[len(facts)] if len(row) > len(facts) else ""
            lines.append(Line(tuple(row[: len(facts)]), _one_line(note), number))
    whole = Sheet(sheet.said, tuple(facts[:-1]), tuple(lines), sheet.heading, sheet.said_in)
    return whole, sorted(mistakes, key=lambda mistake: mistake.at or At(0))


def _cells(rows: Sequence[Sequence[str]]) -> Iterator[tuple[At, str]]:
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            yield At(number, column), cell


def _unprintable(at: At, cell: str) -> Mistake:
    found = FORBIDDEN.search(cell)
    assert found is not None
    return Mistake(at, f"a character that cannot be shown (U+{ord(found[0]):04X})", "delete it")


def _lacking(rows: Sequence[Sequence[str]], lacking: Sequence[str], heading: int) -> Mistake:
    if not lacking:
        hint = "write the columns, then the output of the table"
        return Mistake(None, "there is no row with the columns of the table", hint)
    first = rows[heading - 1][0].strip() if heading else ""
    better = did_you_mean(first, lacking)
    hint = (
        better if better and better.startswith("did") else f"write {lacking[0]} in column A and its value in column B"
    )
    message = f"above the columns, add a row for {', '.join(lacking)}"
    return Mistake(At(heading, 1) if heading else None, message, hint)


def _heading_mistakes(facts: Sequence[str], sheet: Sheet) -> Iterator[Mistake]:
    for column, fact in enumerate(facts, start=1):
        if not fact:
            yield Mistake(
                At(sheet.heading, column),
                "a column without the name of a fact",
                "write the name of a fact, or delete the column",
            )
    decides = sheet.one("decides").strip()
    if len(facts) < 2 or facts[-1] != decides:
        hint = f"write the columns, then {decides}; notes may follow under # note"
        yield Mistake(
            At(sheet.heading, max(len(facts), 1)), f"the last column must be {decides}, the output of the table", hint
        )


def _row_mistakes(row: Sequence[str], facts: Sequence[str], width: int, number: int) -> Iterator[Mistake]:
    for column in range(width + 1, len(row) + 1):
        if row[column - 1].strip():
            hint = 'put a cell that contains the separator in quotes: "a, b"'
            yield Mistake(At(number, column), f"a cell beyond the {width} columns", hint)
    for column, fact in enumerate(facts, start=1):
        if column > len(row) or not row[column - 1].strip():
            hint = "write the output of the row" if column == len(facts) else "write - for any value"
            yield Mistake(At(number, column), "the cell is empty", hint, fact)


def _one_line(text: str) -> str:
    return " ".join(text.split())


# ---- A sheet as the rows of a spreadsheet ----


def rows_from(sheet: Sheet) -> Iterator[list[str]]:
    """As `sheet_from` reads them."""
    for key in KEYS:
        if key in sheet.said:
            yield [key, *sheet.said[key]]
    has_notes = any(line.note for line in sheet.rows)
    yield [*sheet.columns, sheet.one("decides"), *([NOTE] if has_notes else [])]
    for line in sheet.lines:
        if isinstance(line, Line):
            yield [*line.cells, *([line.note] if has_notes else [])]
        else:
            yield [f"# {line.text}".rstrip()]
