"""`patron check`: everything that is wrong in a rulebook, all at once."""

import sys
from pathlib import Path

import click

from cli.output import FOUND, OK, json_option, say, say_json
from engine.rule_tests import read_tests
from engine.rulebook.findings import Finding, Severity, render
from engine.rulebook.load import check


@click.command("check")
@click.argument("folder", type=click.Path(path_type=Path), default="rules")
@json_option
def check_command(folder: Path, as_json: bool) -> None:
    """Read every file of FOLDER, tests included, and print all errors: file:line:column: code: message.

    \b
    Example:
      patron check rules

    Exit codes: 0 no errors (warnings may be there), 1 errors, 2 wrong call.
    """
    rulebook, findings = check(folder)
    if rulebook is not None:
        texts = {f"tests/{path.name}": path.read_bytes() for path in sorted((folder / "tests").glob("*.yaml"))}
        findings = [*findings, *read_tests(texts, rulebook)[1]]
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    if as_json:
        say_json({"errors": errors, "warnings": len(findings) - errors, "findings": [_as_json(f) for f in findings]})
    else:
        if findings:
            say(render(findings))
        counted = f", {len(rulebook.rules)} rules, {len(rulebook.actions)} actions" if rulebook else ""
        say(f"{folder}: {errors} errors, {len(findings) - errors} warnings{counted}")
    sys.exit(FOUND if errors else OK)


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
