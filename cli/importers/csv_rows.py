"""CSV as an export leaves it: a line `sep=;`, any common delimiter, blank rows, and quotes that nothing closes."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Final, NoReturn

from cli.importers.counts import ImportCounts, ImportFailure
from cli.importers.text_file import encoding_of, open_text

Columns = Sequence[Sequence[str]]
"""Per wanted cell, the names that its column may have (case does not matter)."""

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_SEPARATOR_LINE: Final = re.compile(r"\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_HEADER: Final = "header"
_BLANK: Final = "blank"
_CONTINUED: Final = "continued"


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a CSV file. None: found out. `quoted`: cells may stand in double quotes."""

    encoding: str | None = None
    delimiter: str | None = None
    quoted: bool = True


UNKNOWN: Final = Form()


@dataclass(frozen=True, slots=True)
class Record:
    """A row of cells and the line on which it begins."""

    line: int
    cells: list[str]


class _Lines:
    """The lines of a text one by one, with their number; keeps those of the current record for messages."""

    def __init__(self, text: IO[str]) -> None:
        self._text: Iterator[str] = text
        self.number = 0
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.number += 1
        self.record.append(line)
        return line

    def first(self) -> str:
        """The next line, without reading it."""
        line = next(self._text, "")
        self._text = chain([line] if line else [], self._text)
        return line


def records(path: Path, wanted: Columns, form: Form, counts: ImportCounts) -> Iterator[tuple[Record, int]]:
    """The header, then all rows that are not blank, each with the position in the raw file.

    Counts every line of the file, and adds what was found out about its form to `counts.guesses`.
    """
    with open_text(path, _encoding(path, form, counts)) as (text, raw):
        lines = _Lines(text)
        delimiter = _delimiter(lines, wanted, form, counts)
        width = 0
        for record in _read(path, lines, delimiter, form.quoted):
            if lines.number > record.line:
                _refuse_swallowed(path, lines, record, delimiter, width)
                counts.of_file[_CONTINUED] += lines.number - record.line
            counts.file_lines = lines.number
            if not width:
                width = len(record.cells)
                counts.of_file[_HEADER] += 1
                yield record, raw.tell()
            elif any(cell.strip() for cell in record.cells):
                yield record, raw.tell()
            else:
                counts.of_file[_BLANK] += 1


def _encoding(path: Path, form: Form, counts: ImportCounts) -> str:
    if form.encoding:
        return form.encoding
    encoding, guess = encoding_of(path)
    if guess:
        counts.guesses.append(guess)
    return encoding


def _delimiter(lines: _Lines, wanted: Columns, form: Form, counts: ImportCounts) -> str:
    """From the option, the line `sep=`, or the header: the one that gives most wanted columns, then most cells."""
    if found := _SEPARATOR_LINE.fullmatch(lines.first()):
        next(lines)
        counts.of_file[_HEADER] += 1
    if form.delimiter:
        return form.delimiter
    if found:
        return found[1]
    header = lines.first()

    def columns(delimiter: str) -> tuple[int, int]:
        names = {name_of(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])}
        return sum(any(name_of(name) in names for name in column) for column in wanted), len(names)

    name, best = max(DELIMITERS.items(), key=lambda item: columns(item[1]))
    if best != "," and columns(best)[1] > 1:
        counts.guesses.append(f"cells are separated by {name} (--delimiter)")
        return best
    return ","


def name_of(cell: str) -> str:
    """A column's name as it is compared: letter case and kinds of space do not matter."""
    return " ".join(cell.replace("\ufeff", "").split()).casefold()


def _read(path: Path, lines: _Lines, delimiter: str, quoted: bool) -> Iterator[Record]:
    reader = csv.reader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, strict=True
    )
    while True:
        start = lines.number + 1
        lines.record.clear()
        try:
            yield Record(start, next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            _refuse_quote(path, start, lines, delimiter, str(error))


# ---- Quotes that nothing closes ----


def _refuse_swallowed(path: Path, lines: _Lines, record: Record, delimiter: str, width: int) -> None:
    """ImportFailure if a cell runs over lines that look like lines of the log, because a quote is not closed."""
    for cell in record.cells:
        if any(width > 1 and line.count(delimiter) >= width - 1 for line in cell.splitlines()[1:]):
            _refuse_quote(path, record.line, lines, delimiter, "the cell contains lines of the table")


def _refuse_quote(path: Path, start: int, lines: _Lines, delimiter: str, error: str) -> NoReturn:
    opened = _opening_line(start, lines.record, delimiter)
    raise ImportFailure(
        f"{path}, line {opened:,}: a cell begins with a quote that is not closed properly up to line {lines.number:,} "
        f'({error}); write a quote within quotes twice ("12"" pan"), or --quotes none if quotes enclose no cells'
    )


def _opening_line(start: int, record: Sequence[str], delimiter: str) -> int:
    """The line on which the last quoted cell of a record begins."""
    opened, inside, before = start, False, delimiter
    for number, line in enumerate(record, start):
        for character in line:
            if character == '"' and inside:
                inside = False
            elif character == '"' and before == '"':
                inside = True  # the second of two quotes within quotes
            elif character == '"' and before in (delimiter, "\n", "\r"):
                inside, opened = True, number
            before = character
    return opened
