"""A sheet as the rows of a spreadsheet."""

from collections.abc import Iterator

from engine.rulebook.sheet.model import KEYS, NOTE, Line, Sheet


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
