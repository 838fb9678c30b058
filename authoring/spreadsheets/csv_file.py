"""CSV as spreadsheet programs write and read it: separators, encodings, quotes, and cells that must be no formula.

A program that opens a CSV file may run a cell that begins with = + - or @ as a formula. Such a cell is written behind
an apostrophe, which reading removes; a dash alone and numbers are harmless and stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from authoring.spreadsheets.model import At, Mistake

MOST_BYTES: Final = 4_000_000
SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}
_BOM: Final = b"\xef\xbb\xbf"
_BOMS_16: Final = (b"\xff\xfe", b"\xfe\xff")
_SEPARATOR_LINE: Final = re.compile(r"\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_BEGINNING: Final = re.compile(r"[\s,;]*\"?[A-Za-z]+\"?\s*([,;\t])")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_HARMLESS: Final = re.compile(r"-|[-+]?[0-9]+([.][0-9]+)?")
_AS_UTF_8: Final = "save it as “CSV UTF-8”"


class BadSheet(ValueError):
    """Bytes that are no CSV file of a table; `mistake` has the reason."""

    def __init__(self, message: str, hint: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.mistake = Mistake(None if row is None else At(row), message, hint)


def csv_of(rows: Iterable[Sequence[str]], separator: str = ",") -> bytes:
    """Rows as CSV: UTF-8 with a byte order mark, by which Excel knows it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
    writer.writerows([_shielded(cell) for cell in row] for row in rows)
    return _BOM + file.getvalue().encode("utf-8")


def rows_of(data: bytes) -> list[list[str]]:
    """The rows of a CSV file, cells that are empty at the end of a row left out. BadSheet when it cannot be read."""
    if len(data) > MOST_BYTES:
        raise BadSheet(f"larger than {MOST_BYTES:,} bytes, and a table has at most 1,000,000", "split the table")
    text = _decoded(data)
    separator = ","
    if found := _SEPARATOR_LINE.match(text):
        separator, text = found[1], text[found.end() :]
    elif found := _BEGINNING.match(text):
        separator = found[1]
    if not text.strip(" \t\r\n,;"):
        raise BadSheet("the file is empty", "`patron table export` writes an example")
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            rows.append(_without_empty_end([_plain(cell) for cell in row]))
    except csv.Error as error:
        raise BadSheet(*_in_plain_words(error), row=len(rows) + 1) from None
    return rows


def _decoded(data: bytes) -> str:
    if data.startswith(_BOMS_16):
        raise BadSheet("the file is written in UTF-16", _AS_UTF_8)
    data = data.removeprefix(_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise BadSheet("a character that is not UTF-8", _AS_UTF_8, row) from None


def _in_plain_words(error: csv.Error) -> tuple[str, str]:
    if "limit" in str(error):
        return f"a cell is longer than {csv.field_size_limit():,} characters", "check for an unclosed quote"
    return "a cell begins with a quote and does not end with one", 'write a quote within quotes twice: "say ""yes"""'


def _without_empty_end(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row


def _shielded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _HARMLESS.fullmatch(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
