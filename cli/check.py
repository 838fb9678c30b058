"""`patron check`: everything that can be known of a rulebook without customers, all at once."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from authoring.checking import check
from cli.output import FOUND, OK, STRICT, counted, fail, json_option, say, say_json
from cli.rulebooks import load_tests, rules_folder
from engine.rulebook.findings import Finding, Severity, render
from engine.rulebook.model import Rulebook
from engine.rulebook.read.vocabulary import counter_bytes


@click.command("check", short_help="What is wrong in a rulebook, all at once.")
@click.argument("folder", type=rules_folder, default="rules")
@json_option
@click.option("--github", is_flag=True, help="Print commands that GitHub shows beside the lines of a pull request.")
@click.option("--strict", is_flag=True, help="End with exit code 3 when there are warnings.")
def check_command(folder: Path, as_json: bool, github: bool, strict: bool) -> None:
    """Read every file of FOLDER (default: rules), its tests included, and print all that is wrong.

    Each finding names its place in FOLDER (file:line:column), says whether it is an error or a warning, shows the
    line, and says what to write instead. Errors are what the server would refuse. Warnings are also what follows from
    the rules together: a rule that can never fire, a row that is never reached; with a customer for whom it shows.

    \b
    Example:
      patron check rules
      patron check rules --strict --github

    Exit codes: 0 no errors (warnings may be there), 1 errors, 2 wrong call, 3 warnings and --strict.
    """
    if as_json and github:
        fail("--json and --github are two ways to print; write one of them")
    rulebook, findings = check(folder, logic=True, now=round(time.time() * 1000))
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
    """What would end a workflow command, or a part of it, as per cent and two hexadecimal digits."""
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{also}" else char for char in text)


def _read(rulebook: Rulebook | None) -> str:
    if rulebook is None:
        return "; its tests are checked once the rules are right"
    bytes_ = counter_bytes(rulebook.counters)
    counters = f"{counted(len(rulebook.counters), 'counter')} (at most about {bytes_:,} bytes of each profile)"
    return f"; {counted(len(rulebook.rules), 'rule')}, {counted(len(rulebook.actions), 'action')}, {counters}"
