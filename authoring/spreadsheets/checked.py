"""A sheet checked as a part of its rulebook: findings in the table's file, mapped to cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authoring.checking import check_texts
from authoring.spreadsheets.model import NOTE, At, Mistake, Sheet
from authoring.spreadsheets.yaml_file import Remarks, Written, remarks_of, sheet_of, yaml_of
from engine.rulebook.findings import Finding, Report, Severity
from engine.rulebook.read.book import TABLES
from engine.rulebook.read.fields import LONGEST_ID, WORD
from engine.rulebook.source import MAX_BYTES, MapNode, Scalar, read_yaml

_NEW: Final = f"{TABLES}new-table.yaml"
_CELL_NAME: Final = re.compile(r"row [0-9]+(, column [0-9]+ \([^)]*\))?: ")
_ROWS: Final = re.compile(r"\brows? [0-9]+(, [0-9]+)*")
_OF_THE_WHOLE: Final = frozenset({"table-gap", "table-overlap", "empty-list", "logic-too-large"})
"""Findings that need all rows."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`file`: the table's place in the rulebook; `text`: its new content.

    A file with the same meaning stays as it is. `mistakes` and `warnings` are about the sheet, `others` are errors
    in other files.
    """

    file: str
    text: str
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...] = ()
    others: tuple[Finding, ...] = ()


def checked(sheet: Sheet, mistakes: Sequence[Mistake], rulebook: Mapping[str, bytes]) -> Checked:
    """The sheet in place of the rulebook's table of the same name. `mistakes`: those of its shape."""
    file = file_of(sheet.one("table"), rulebook)
    if not sheet.columns:
        return Checked(file, "", tuple(mistakes))
    before = rulebook.get(file, b"")
    old = sheet_of(file, before, Report()) if before else None
    written = yaml_of(sheet, Remarks() if old is None else remarks_of(before))
    if len(written.text.encode()) > MAX_BYTES:
        message = f"the table would be larger than {MAX_BYTES:,} bytes"
        return Checked(file, "", (*mistakes, Mistake(None, message, "split it into several tables")))
    _, findings = check_texts({**rulebook, file: written.text}, logic=not mistakes)
    here = [finding for finding in findings if finding.place.file == file]
    if mistakes:
        here = [finding for finding in here if finding.code not in _OF_THE_WHOLE]
    told = {severity: _told(here, severity, sheet, written) for severity in Severity}
    return Checked(
        file=file,
        text=before.decode("utf-8") if old == sheet else written.text,
        mistakes=tuple(sorted([*mistakes, *told[Severity.ERROR]], key=lambda mistake: mistake.at or At(0))),
        warnings=tuple(told[Severity.WARNING]),
        others=tuple(f for f in findings if f.place.file != file and f.severity is Severity.ERROR),
    )


def file_of(table: str, rulebook: Mapping[str, bytes]) -> str:
    """The file of the table of this name, or its future one."""
    for name in sorted(rulebook):
        if name.startswith(TABLES):
            node = read_yaml(name, rulebook[name], Report())
            entry = node.entries.get("table") if isinstance(node, MapNode) else None
            if entry is not None and isinstance(entry.node, Scalar) and entry.node.raw == table:
                return name
    return f"{TABLES}{table}.yaml" if WORD.fullmatch(table) and len(table) <= LONGEST_ID else _NEW


def _told(findings: Sequence[Finding], severity: Severity, sheet: Sheet, written: Written) -> list[Mistake]:
    return [_mistake(finding, sheet, written) for finding in findings if finding.severity is severity]


def _mistake(finding: Finding, sheet: Sheet, written: Written) -> Mistake:
    at = written.at(finding.place.line, finding.place.column)
    message = _ROWS.sub(lambda rows: _renumbered(rows[0], sheet), _CELL_NAME.sub("", finding.message, count=1))
    if finding.witness:
        message = f"{message}, for example {finding.witness.text}"
    return Mistake(at, message, finding.hint, _name(at, sheet) if at else "")


def _renumbered(rows: str, sheet: Sheet) -> str:
    """Rows of the table as rows of the spreadsheet."""
    lines = sheet.rows
    return re.sub("[0-9]+", lambda number: str(_row(int(number[0]), [line.row for line in lines])), rows)


def _row(number: int, rows: Sequence[int]) -> int:
    return rows[number - 1] if 0 < number <= len(rows) else number


def _name(at: At, sheet: Sheet) -> str:
    if at.row < sheet.heading:
        return next((key for key, row in sheet.said_in.items() if row == at.row), "")
    names = [*sheet.columns, sheet.one("decides"), NOTE]
    return names[at.column - 1] if 0 < at.column <= len(names) else ""
