"""Files as rows of the wanted cells: CSV and parquet. Read as a stream."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from cli.extras import HOW
from cli.importers.counts import ImportCounts, ImportFailure
from cli.importers.csv_rows import UNKNOWN, Columns, Form, name_of, records
from cli.importers.text_file import reading

Row = tuple[int, Sequence[Any] | None]
"""A line number (the header is line 1) and the wanted cells in order; None where cells and columns do not match."""
Advance = Callable[[int], None]
"""Told how many bytes of the file (parquet: rows) have been read."""

_EVERY: Final = 2_000  # lines between two moves of the progress bar


def read_csv(
    path: Path, wanted: Columns, advance: Advance, form: Form = UNKNOWN, counts: ImportCounts | None = None
) -> Iterator[Row]:
    """Rows of a CSV file with a header. A row with more cells than columns has an unquoted delimiter: it is None."""
    rows = records(path, wanted, form, ImportCounts() if counts is None else counts)
    header = next(rows, None)
    names = header[0].cells if header else []
    picks = columns_of(path, names, wanted)
    width = max(picks) + 1
    for number, (record, position) in enumerate(rows):
        if number % _EVERY == 0:
            advance(position)
        cells = record.cells
        fits = len(cells) >= width and not any(cell.strip() for cell in cells[len(names) :])
        yield record.line, [cells[i] for i in picks] if fits else None


def columns_of(path: Path, header: Sequence[str], wanted: Columns) -> list[int]:
    """Where the wanted columns stand. ImportFailure that names what is missing and what there is."""
    names = [name_of(name) for name in header]
    picks = [next((n for n in map(name_of, column) if n in names), None) for column in wanted]
    missing = [column[0] for column, pick in zip(wanted, picks, strict=True) if pick is None]
    if missing:
        there = ", ".join(repr(name[:40]) for name in header[:20]) or "nothing"
        raise ImportFailure(f"{path} has no column {', '.join(map(repr, missing))}; its first line names {there}")
    found = [pick for pick in picks if pick is not None]
    twice = next((name for name in found if names.count(name) > 1), None)
    if twice is not None:
        raise ImportFailure(f"{path} has more than one column {twice!r}; rename all but one")
    return [names.index(pick) for pick in found]


def read_parquet(path: Path, wanted: Sequence[Sequence[str]], advance: Advance) -> Iterator[Row]:
    """Rows of a parquet file, batch by batch. Needs pyarrow, which the extra `analytics` brings."""
    try:
        import pyarrow  # noqa: PLC0415 - optional
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ImportFailure(f"{path}: parquet files need pyarrow: {HOW} (or save the file as CSV)") from None
    with reading(path):
        try:
            with parquet.ParquetFile(path) as file:
                names = file.schema_arrow.names
                picks = [names[i] for i in columns_of(path, names, wanted)]
                line = 1
                for batch in file.iter_batches(batch_size=20_000, columns=picks):
                    cells = [batch.column(name).to_pylist() for name in picks]
                    for row in zip(*cells, strict=True):
                        line += 1
                        yield line, row
                    advance(line)
        except pyarrow.ArrowException as error:
            raise ImportFailure(f"{path} is no readable parquet file: {str(error).splitlines()[0]}") from None


def is_parquet(path: Path) -> bool:
    """Whether the file says it is parquet, by its first bytes or its name."""
    if path.suffix == ".parquet":
        return True
    with reading(path):
        if path.is_dir():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
