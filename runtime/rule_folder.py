"""Reads the files of a rulebook's folder: the engine takes bytes, and only this module opens them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Place, Report, RulebookError
from engine.rulebook.source import MAX_BYTES

_SUFFIXES: Final = (".yaml", ".yml")


def read_bundle(folder: Path) -> dict[str, bytes]:
    """Every YAML file of a folder, including tests/ but no hidden ones. RulebookError when one cannot be read."""
    report = Report()
    files = read_files(folder, report, tests=True)
    if files is None or report.failed:
        raise RulebookError(report.findings)
    return files


def read_files(folder: Path, report: Report, *, tests: bool) -> dict[str, bytes] | None:
    """The readable YAML files of a folder by their path within it; None when there is no such folder.

    At most one byte more than the limit is read of a file, which is enough to refuse it as too large.
    """
    try:
        paths = sorted(_yaml_files(folder, set()))
    except OSError as error:
        report.error("missing-folder", Place(str(folder), 1, 1), error.strerror or "cannot be read")
        return None
    found: dict[str, bytes] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if is_test(name) and not tests:
            continue
        try:
            if path.exists() and not path.is_file():  # a pipe: reading it would wait for ever
                raise OSError(0, "not a file")
            with path.open("rb") as file:
                found[name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            report.error("unreadable-file", Place(name, 1, 1), error.strerror or "cannot be read")
    return found


def _yaml_files(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """All but hidden ones. A folder with several symlinks to it is read once, so that cycles end.

    OSError when the folder itself cannot be listed.
    """
    seen.add(folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and path.suffix not in _SUFFIXES:
            if path.resolve() not in seen:
                yield from _yaml_files(path, seen)
        elif path.suffix in _SUFFIXES:  # also a folder of such a name, which is reported as unreadable
            yield path
