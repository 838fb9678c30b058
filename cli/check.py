"""`patron check`: everything that is wrong in a rulebook, all at once."""

import sys
from pathlib import Path

import click

from cli.output import FOUND, OK, counted, json_option, say, say_json
from cli.rulebooks import load_tests, rules_folder
from engine.rulebook.findings import Finding, Severity, render
from engine.rulebook.load import check
from engine.rulebook.model import Rulebook
from engine.rulebook.read.counters import counter_bytes


@click.command("check", short_help="What is wrong in a rulebook, all at once.")
@click.argument("folder", type=rules_folder, default="rules")
@json_option
def check_command(folder: Path, as_json: bool) -> None:
    """Read every file of FOLDER (default: rules), its tests included, and print all that is wrong.

    Each finding names its place in FOLDER (file:line:column), shows the line, and says what to write instead.

    \b
    Example:
      patron check rules

    Exit codes: 0 no errors (warnings may be there), 1 errors, 2 wrong call.
    """
    rulebook, findings = check(folder)
    if rulebook is not None:
        findings = [*findings, *load_tests(folder, rulebook)[1]]
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    if as_json:
        say_json({"errors": errors, "warnings": len(findings) - errors, "findings": [_as_json(f) for f in findings]})
    else:
        if findings:
            say(render(findings) + "\n")
        say(f"{folder}: {counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}{_read(rulebook)}")
    sys.exit(FOUND if errors else OK)


def _read(rulebook: Rulebook | None) -> str:
    if rulebook is None:
        return "; its tests are checked once the rules are right"
    bytes_ = counter_bytes(rulebook.counters)
    counters = f"{counted(len(rulebook.counters), 'counter')} (at most about {bytes_:,} bytes of each profile)"
    return f"; {counted(len(rulebook.rules), 'rule')}, {counted(len(rulebook.actions), 'action')}, {counters}"


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "severity": finding.severity.value,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
    }
