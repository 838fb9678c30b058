"""Reads the files of a rulebook's folder: the engine takes bytes, and only this module opens them."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Place, Report, RulebookError
from engine.rulebook.source import MAX_BYTES

_SUFFIXES: Final = (".yaml", ".yml")
_BACKUPS: Final = ("~", ".bak", ".orig", ".old", ".rej", ".swp", ".tmp")
"""Endings of copies that editors and merges leave beside a file: passed over without a warning."""


def is_yaml(path: PurePath) -> bool:
    """Whether the file is read, by its ending, in any letter case."""
    return path.suffix.lower() in _SUFFIXES


def read_bundle(folder: Path, report: Report | None = None) -> dict[str, bytes]:
    """Every YAML file of a folder, including tests/ but no hidden ones. RulebookError when one cannot be read.

    `report`: receives the warnings.
    """
    report = report or Report()
    files = read_files(folder, report, tests=True)
    if files is None or report.failed:
        raise RulebookError(report.findings)
    return files


def read_files(folder: Path, report: Report, *, tests: bool) -> dict[str, bytes] | None:
    """The readable YAML files of a folder by their path within it; None when there is no such folder.

    At most one byte more than the limit is read of a file, which is enough to refuse it as too large.
    """
    try:
        paths = sorted(_rule_files(folder, set()))
    except OSError as error:
        report.error("missing-folder", Place(str(folder), 1, 1), error.strerror or "cannot be read")
        return None
    found: dict[str, bytes] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if is_test(name) and not tests:
            continue
        if not is_yaml(path):
            hint = f"rename it to {path.name[: path.name.lower().index('.y')]}.yaml, or move it out of the folder"
            report.warning("unread-file", Place(name, 1, 1), f"{name} is never read", hint)
            continue
        try:
            if path.exists() and not path.is_file():  # a pipe: reading it would wait for ever
                raise OSError(0, "not a file")
            with path.open("rb") as file:
                found[name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            report.error("unreadable-file", Place(name, 1, 1), error.strerror or "cannot be read")
    return found


def _rule_files(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """All YAML files but hidden ones, and files that only seem to be YAML (shop.yaml.txt). A folder with several
    symlinks to it is read once, so that cycles end.

    OSError when the folder itself cannot be listed.
    """
    seen.add(folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not is_yaml(path):
            if path.resolve() not in seen:
                yield from _rule_files(path, seen)
        elif is_yaml(path) or _seems_yaml(path):  # also a folder of such a name, which is reported as unreadable
            yield path


def _seems_yaml(path: Path) -> bool:
    name = path.name.lower()
    return any(f"{suffix}." in name for suffix in _SUFFIXES) and not name.endswith(_BACKUPS)
