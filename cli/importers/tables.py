"""Files as rows of cells: CSV and text, plain or packed (gzip, zip, tar.gz), and parquet. Read as a stream."""

import csv
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from cli.extras import HOW
from cli.importers.counts import ImportFailure

Row = tuple[int, Sequence[Any] | None]
"""A line number (the header is line 1) and the wanted cells in order; None where the line is too short."""
Advance = Callable[[int], None]
"""Told how many bytes of the file (parquet: rows) have been read."""

_EVERY: Final = 2_000  # lines between two moves of the progress bar
_PACKED: Final = ("cdnow_master.txt", "cdnow_sample.txt", ".csv")  # members of an archive, best first


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns whatever a broken file makes a reader raise into one ImportFailure that names the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ImportFailure(f"{path} is not text in {error.encoding}: byte {error.object[error.start]:#04x}") from None
    except (EOFError, zlib.error) as error:
        raise ImportFailure(f"{path} is cut short or damaged: {error}") from None
    except (OSError, csv.Error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ImportFailure(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


@contextmanager
def open_text(path: Path, encoding: str = "utf-8-sig") -> Iterator[tuple[IO[str], IO[bytes]]]:
    """The text of a plain, gzip, zip or tar.gz file, and the raw file under it, whose position is the progress."""
    if path.is_dir():
        raise ImportFailure(f"{path} is a folder; name a file")
    with reading(path), ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        magic = raw.read(4)
        raw.seek(0)
        if not magic:
            raise ImportFailure(f"{path} is empty")
        yield io.TextIOWrapper(_unpacked(path, raw, magic, stack), encoding=encoding, newline=""), raw


def _unpacked(path: Path, raw: IO[bytes], magic: bytes, stack: ExitStack) -> IO[bytes]:
    if magic == b"PK\x03\x04":
        archive = stack.enter_context(zipfile.ZipFile(raw))
        return stack.enter_context(archive.open(_member(path, archive.namelist())))
    if magic[:2] == b"\x1f\x8b" and path.name.endswith((".tar.gz", ".tgz")):
        tar = stack.enter_context(tarfile.open(fileobj=raw, mode="r:gz"))  # noqa: SIM115
        found = tar.extractfile(_member(path, tar.getnames()))
        if found is None:
            raise ImportFailure(f"{path} holds a link where the data should be")
        return stack.enter_context(found)
    if magic[:2] == b"\x1f\x8b":
        return cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw)))
    return raw


def _member(path: Path, names: Sequence[str]) -> str:
    for ending in _PACKED:
        for name in names:
            if name.lower().endswith(ending):
                return name
    raise ImportFailure(f"{path} holds no CDNOW_master.txt and no .csv")


def read_csv(
    path: Path, wanted: Sequence[Sequence[str]], advance: Advance, *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> Iterator[Row]:
    """Rows of a CSV file with a header. `wanted`: per cell the names its column may have (case does not matter)."""
    with open_text(path, encoding) as (text, raw):
        reader = csv.reader(text, delimiter=delimiter)
        picks = columns_of(path, next(reader, []), wanted)
        width = max(picks) + 1
        for row in reader:
            if reader.line_num % _EVERY == 0:
                advance(raw.tell())
            if row:
                yield reader.line_num, [row[i] for i in picks] if len(row) >= width else None


def columns_of(path: Path, header: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[int]:
    """Where the wanted columns stand. ImportFailure that names what is missing and what there is."""
    places = {name.strip().lower(): i for i, name in enumerate(header)}
    picks = [next((places[n.lower()] for n in names if n.lower() in places), None) for names in wanted]
    missing = [names[0] for names, pick in zip(wanted, picks, strict=True) if pick is None]
    if missing:
        there = ", ".join(repr(name[:40]) for name in header[:20]) or "nothing"
        raise ImportFailure(f"{path} has no column {', '.join(map(repr, missing))}; its first line names {there}")
    return [pick for pick in picks if pick is not None]


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
