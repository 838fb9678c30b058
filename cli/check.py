"""`patron check`: report all errors and warnings of a rulebook."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from authoring.checking import check
from cli.output import FOUND, OK, STRICT, counted, fail, json_option, say, say_json
from cli.rulebook_folder import folder_argument, load_tests, say_rulebook
from engine.rulebook.findings import Finding, Severity, render
from engine.rulebook.model import Rulebook
from engine.rulebook.read.vocabulary import counter_bytes


@click.command("check", short_help="Check a rulebook.")
@folder_argument
@json_option
@click.option("--github", is_flag=True, help="Print GitHub workflow commands, shown as annotations in pull requests.")
@click.option("--strict", is_flag=True, help="Exit with code 3 if there are warnings.")
def check_command(folder: Path, as_json: bool, github: bool, strict: bool) -> None:
    """Check every file of FOLDER (default: PATRON_RULES, or rules), including its tests, and report all errors and
    warnings.

    Each finding has its place in FOLDER (file:line:column), the line, and what to write instead. The service refuses a
    rulebook with errors. Warnings include conflicts between rules, such as a rule that can never fire or a table row
    that is never reached, with an example customer.

    \b
    Example:
      patron check rules
      patron check rules --strict --github

    Exit codes: 0 no errors, 1 errors, 2 invalid arguments, 3 warnings and --strict.
    """
    if as_json and github:
        fail("--json and --github exclude each other; write one of them")
    rulebook, findings = check(folder, logic=True, now=round(time.time() * 1000))
    say_rulebook(folder, rulebook)
    if rulebook is not None:
        findings = [*findings, *load_tests(folder, rulebook)[1]]
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    warnings = len(findings) - errors
    if as_json:
        say_json({"errors": errors, "warnings": warnings, "findings": [finding.to_json() for finding in findings]})
    else:
        _say(findings, folder, github)
        say(f"{folder}: {counted(errors, 'error')}, {counted(warnings, 'warning')}{_read(rulebook)}")
    sys.exit(FOUND if errors else STRICT if strict and warnings else OK)


def _say(findings: Sequence[Finding], folder: Path, github: bool) -> None:
    if github:
        for finding in findings:
            say(workflow_command(finding, folder))
    elif findings:
        say(render(findings) + "\n")


def workflow_command(finding: Finding, folder: Path) -> str:
    """`::error file=...,line=...,col=...,title=...::...`, which GitHub shows beside the line; paths from here."""
    place = finding.place
    said = {
        "file": (folder / place.file).as_posix(),
        "line": str(place.line),
        "col": str(place.column),
        "title": finding.code,
    }
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in said.items())
    example = f"for example: {finding.witness.text}" if finding.witness else None
    message = "\n".join(filter(None, (finding.message, example, finding.hint)))
    return f"::{finding.severity.value} {properties}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    """Percent-encode the characters that end a workflow command, or a part of it."""
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{also}" else char for char in text)


def _read(rulebook: Rulebook | None) -> str:
    if rulebook is None:
        return "; tests are checked once the rules have no errors"
    bytes_ = counter_bytes(rulebook.counters)
    counters = f"{counted(len(rulebook.counters), 'counter')} (at most about {bytes_:,} bytes of each profile)"
    return f"; {counted(len(rulebook.rules), 'rule')}, {counted(len(rulebook.actions), 'action')}, {counters}"
