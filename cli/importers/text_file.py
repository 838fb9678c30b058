"""Text files as an export leaves them: plain or packed (gzip, zip, tar.gz), in UTF-8, UTF-16 or Windows' cp1252."""

import codecs
import csv
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from cli.importers.counts import ImportFailure

_PACKED: Final = ("cdnow_master.txt", "cdnow_sample.txt", ".csv")  # members of an archive, best first
_CHUNK: Final = 1 << 20
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FALLBACK: Final = "cp1252"


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
def open_text(path: Path, encoding: str | None = None) -> Iterator[tuple[IO[str], IO[bytes]]]:
    """The text of a plain, gzip, zip or tar.gz file, and the raw file under it, whose position is the progress.

    `encoding` None: found by `encoding_of`.
    """
    with reading(path), _open(path) as (data, raw):
        yield io.TextIOWrapper(data, encoding=encoding or encoding_of(path)[0], newline=""), raw


def encoding_of(path: Path) -> tuple[str, str | None]:
    """The encoding of a file, and the reason if it is a guess: by its byte order mark, else UTF-8, else cp1252."""
    with reading(path), _open(path) as (data, _):
        chunk = data.read(_CHUNK)
        for mark, encoding in _BOMS:
            if chunk.startswith(mark):
                return encoding, None
        decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
        try:
            while chunk:
                _refuse_binary(path, chunk)
                decoder.decode(chunk)
                line += chunk.count(b"\n")
                chunk = data.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            byte = error.object[error.start]
            return _FALLBACK, f"byte {byte:#04x} in line {line:,} is not UTF-8: read as {_FALLBACK} (--encoding)"
    return "utf-8-sig", None


def _refuse_binary(path: Path, chunk: bytes) -> None:
    if b"\0" in chunk:
        raise ImportFailure(
            f"{path} is not text in UTF-8: byte 0x00; if it is UTF-16, write --encoding utf-16-le or utf-16-be"
        )


@contextmanager
def _open(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The unpacked bytes, and the raw file."""
    if path.is_dir():
        raise ImportFailure(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        raise ImportFailure(f"{path} is not a regular file, and an import reads twice; write it to a file first")
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        magic = raw.read(4)
        raw.seek(0)
        if not magic:
            raise ImportFailure(f"{path} is empty")
        yield _unpacked(path, raw, magic, stack), raw


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
