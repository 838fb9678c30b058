"""Files that commands write: the option, atomic writes, and the message when a write fails."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from cli.output import fail

out_option = click.option(
    "--out",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to FILE (default: standard output).",
)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Ends the command with a message if the file cannot be written."""
    try:
        yield
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")


def write_whole(path: Path, data: bytes) -> None:
    """Replace the content of a file, or leave the file unchanged. OSError when it cannot be written."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `path` that takes its place when it is complete. Its mode stays; a link stays a link.

    A pipe or device is written to directly. OSError when it cannot be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """It can only be read by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask
