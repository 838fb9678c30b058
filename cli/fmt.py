"""`patron fmt`: format rule files."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import click

from authoring.formatting import formatted
from cli.files import write_whole, writing
from cli.output import FOUND, OK, counted, json_option, say, say_json
from cli.rulebook_folder import say_rulebook, usual_folder
from engine.rulebook.bundle import TESTS
from engine.rulebook.findings import Finding, Place, Report, Severity, render
from engine.rulebook.loader import load_texts
from engine.rulebook.read.book import ACTIONS, TABLES
from engine.rulebook.source import MAX_BYTES
from engine.rulebook.upgrade import upgraded_file
from runtime.rule_folder import read_files


class _File(NamedTuple):
    """`name`: as printed; `after` None: the file cannot be read."""

    path: Path
    name: str
    before: bytes
    after: bytes | None
    findings: Sequence[Finding]

    @property
    def changes(self) -> bool:
        return self.after is not None and self.after != self.before


@click.command("fmt", short_help="Format rule files.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FOLDER|FILE]...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with code 1 if a file would change.")
@click.option(
    "--diff",
    "show_diff",
    is_flag=True,
    help="Write nothing; show the changes as a diff, with exit codes as for --check.",
)
@click.option("--upgrade", is_flag=True, help="Also replace renamed words with their new names.")
@json_option
def fmt_command(paths: tuple[Path, ...], only_check: bool, show_diff: bool, upgrade: bool, as_json: bool) -> None:
    """Format the YAML files of FOLDER (default: PATRON_RULES, or rules), or single FILEs.

    Sorts the keys of rules, actions and tests, spells operators one way (gte becomes at_least), indents by two spaces,
    separates rules by an empty line, and removes trailing blanks, tabs and carriage returns. Comments and meaning stay
    the same. A file that cannot be read stays unchanged, and its errors are printed. With --upgrade, renamed words are
    replaced, too (asked becomes requested).

    \b
    Example:
      patron fmt rules
      patron fmt --check rules
      patron fmt --diff rules/operation.yaml
      patron fmt --upgrade rules

    Exit codes: 0 success, 1 a file would change (--check, --diff) or cannot be read, 2 invalid arguments.
    """
    files = [_formatted(path, name, data, upgrade) for path, name, data in _read(paths or (usual_folder(),))]
    changing = [file for file in files if file.changes]
    dry = only_check or show_diff
    for file in () if dry else changing:
        _write(file)
    wrong = [finding for file in files for finding in file.findings]
    if as_json:
        names = [file.name for file in changing]
        say_json({"files": len(files), "changed": names, "unreadable": [f.name for f in files if f.findings]})
    else:
        _print(files, changing, dry, show_diff)
    sys.exit(FOUND if wrong or (dry and changing) else OK)


def _read(paths: Sequence[Path]) -> Iterator[tuple[Path, str, bytes | Finding]]:
    """Each file with its name within the rulebook, as far as it is known."""
    for path in paths:
        if path.is_dir():
            yield from _folder(path)
        else:
            yield path, _within_rulebook(path), _content(path)


def _folder(folder: Path) -> Iterator[tuple[Path, str, bytes | Finding]]:
    report = Report()
    texts: Mapping[str, bytes] = read_files(folder, report, tests=True) or {}
    say_rulebook(folder, load_texts(texts)[0])
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    found: dict[str, bytes | Finding] = {**texts, **{error.place.file: error for error in errors}}
    for name in sorted(found):
        yield folder / name, name, found[name]


def _content(path: Path) -> bytes | Finding:
    try:
        if not path.is_file():  # a pipe: reading it would wait for ever
            return Finding("unreadable-file", "not a file", Place(str(path), 1, 1))
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return Finding("unreadable-file", error.strerror or "cannot be read", Place(str(path), 1, 1))


def _formatted(path: Path, within: str, data: bytes | Finding, upgrade: bool) -> _File:
    name = str(path)
    if isinstance(data, Finding):
        return _File(path, name, b"", None, (data,))
    done = formatted(name, upgraded_file(within, data) if upgrade else data)
    return _File(path, name, data, None if done.text is None else done.text.encode(), done.findings)


def _within_rulebook(path: Path) -> str:
    """The name of a single file within its rulebook, guessed from its folder: it tells the kind of file."""
    folder = path.resolve().parent.name
    return f"{folder}/{path.name}" if folder in (TESTS, ACTIONS.rstrip("/"), TABLES.rstrip("/")) else path.name


def _write(file: _File) -> None:
    assert file.after is not None
    with writing(file.path):
        write_whole(file.path, file.after)


def _print(files: Sequence[_File], changing: Sequence[_File], dry: bool, show_diff: bool) -> None:
    wrong = [finding for file in files for finding in file.findings]
    if wrong:
        click.echo(render(wrong) + "\n", err=True)
    for file in changing:
        say(_diff(file) if show_diff else file.name)
    unread = sum(1 for file in files if file.findings)
    left = f", {counted(unread, 'file')} not read" if unread else ""
    formatted_already = len(files) - len(changing) - unread
    word = "would change" if dry else "changed"
    say(f"{counted(len(changing), 'file')} {word}, {counted(formatted_already, 'file')} already formatted{left}")


def _diff(file: _File) -> str:
    assert file.after is not None
    before, after = (data.decode("utf-8").splitlines(keepends=True) for data in (file.before, file.after))
    return "".join(unified_diff(before, after, file.name, f"{file.name}, formatted")).rstrip("\n")
