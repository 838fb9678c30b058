"""A rulebook's files as one value: path within the folder ("actions/growth.yaml", "tests/story.yaml") -> content."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from engine.rulebook.findings import Report, RulebookError
from engine.rulebook.place import Place
from engine.rulebook.source import MAX_BYTES

Bundle = Mapping[str, bytes]

TESTS: Final = "tests"
MAX_BUNDLE: Final = 10_000_000
"""Bytes of all files together."""
_SUFFIXES: Final = (".yaml", ".yml")


def read_bundle(folder: Path) -> dict[str, bytes]:
    """Every YAML file of a folder, those of tests/ too, hidden ones not. RulebookError when one cannot be read."""
    report = Report()
    files = read_files(folder, report, tests=True)
    if files is None or report.failed:
        raise RulebookError(report.findings)
    return files


def read_files(folder: Path, report: Report, *, tests: bool) -> dict[str, bytes] | None:
    """The YAML files of a folder, as far as they can be read; None when there is no such folder.

    Of a file that is too large only so much is read that this can be told.
    """
    try:
        paths = sorted(path for path in _yaml_files(folder, set()) if tests or not is_test(path.relative_to(folder)))
    except OSError as error:
        report.error("missing-folder", Place(str(folder), 1, 1), error.strerror or "cannot be read")
        return None
    found: dict[str, bytes] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            if path.exists() and not path.is_file():  # a pipe: reading it would wait for ever
                raise OSError(0, "not a file")
            with path.open("rb") as file:
                found[name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            report.error("unreadable-file", Place(name, 1, 1), error.strerror or "cannot be read")
    return found


def is_test(name: Path | str) -> bool:
    """Whether this path within the folder lies in tests/."""
    return Path(name).parts[:1] == (TESTS,)


def rule_tests_of(bundle: Bundle) -> dict[str, bytes]:
    """The files of tests/."""
    return {name: content for name, content in bundle.items() if is_test(name)}


def digest_of(bundle: Bundle) -> str:
    """SHA-256 of names and contents, byte for byte: comments and tests count, as they do not in the revision."""
    digest = hashlib.sha256()
    for name in sorted(bundle):
        for part in (name.encode("utf-8", "surrogateescape"), bundle[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def pack(bundle: Bundle) -> bytes:
    """The bundle as bytes, to be stored or given to another process: names and sizes, then the contents, deflated."""
    names = sorted(bundle)
    head = json.dumps([[name, len(bundle[name])] for name in names]).encode()
    return zlib.compress(head + b"\n" + b"".join(bundle[name] for name in names))


def unpack(packed: bytes) -> dict[str, bytes]:
    """What was packed; only for bytes that `pack` made."""
    head, _, contents = zlib.decompress(packed).partition(b"\n")
    found, start = {}, 0
    for name, size in json.loads(head):
        found[name] = contents[start : start + size]
        start += size
    return found


def _yaml_files(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """All but hidden ones. A folder to which several links lead is read once, so that a circle of them ends.

    OSError when the folder itself cannot be listed.
    """
    seen.add(folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and path.suffix not in _SUFFIXES:
            if path.resolve() not in seen:
                yield from _yaml_files(path, seen)
        elif path.suffix in _SUFFIXES:  # a folder of such a name, too: it is none of a rulebook
            yield path
