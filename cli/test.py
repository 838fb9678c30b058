"""`patron test`: run the tests of a rulebook, or find the tests that fail without a statement's rules."""

import contextlib
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from authoring.checking import load
from authoring.rule_tests import Outcome, RuleTest
from authoring.rule_tests.coverage import coverage
from authoring.rule_tests.running import missed, run_test
from authoring.rule_tests.without import serving, without
from cli import junit
from cli.files import writing
from cli.output import FOUND, OK, fail, json_option, say, say_json
from cli.render import missed_rules, untested
from cli.render.rule_tests import as_json, show
from cli.rulebook_folder import folder_argument, load_tests, matcher_option, say_rulebook
from cli.watching import watch
from engine.compiled.rulebook import Compiled
from engine.rulebook.findings import Finding, RulebookError, render
from engine.rulebook.model import Rulebook
from engine.rulebook.read.words import STATEMENTS
from engine.rulebook.values import did_you_mean
from runtime.bootstrap import ready

EACH = "each"
Timed = tuple[Outcome, float]
"""The outcome of a test, and its seconds."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the call."""

    folder: Path
    pattern: str
    left_out: str
    coverage: bool
    at_least: float
    junit: Path | None
    matcher: str
    json: bool


@click.command("test", short_help="Run a rulebook's tests.")
@folder_argument
@click.option(
    "--run",
    "-k",
    "pattern",
    default="",
    metavar="TEXT",
    help="Run only tests with TEXT in their name; * matches anything (default: all tests).",
)
@click.option(
    "--without",
    "left_out",
    default="",
    metavar="S41,S42|each",
    help="Disable the rules that serve these statements; each: one statement after the other.",
)
@click.option("--coverage", "covered", is_flag=True, help="Report rules and table rows that no test covers.")
@click.option(
    "--coverage-min",
    "at_least",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="PERCENT",
    help="Report coverage, and exit with code 1 if it is below PERCENT (default: 0).",
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write JUnit XML to FILE.",
)
@click.option("--watch", "watched", is_flag=True, help="Run the tests again whenever a file changes, until Ctrl-C.")
@matcher_option
@json_option
def test_command(
    folder: Path,
    pattern: str,
    left_out: str,
    covered: bool,
    at_least: float,
    junit_file: Path | None,
    watched: bool,
    matcher: str,
    as_json: bool,
) -> None:
    """Run the tests in FOLDER/tests/*.yaml on the rules of FOLDER (default: PATRON_RULES, or rules).

    A failed test shows the expected and the actual result, and for each rule involved the condition that did not hold,
    with the fact's value; a failed scenario also shows the step. docs/testing.md describes how to write tests.

    --without S41 runs the tests without the rules that serve S41, and shows which tests fail then. --without each does
    so for every statement that has rules, and lists statements without a scenario that fails as unproven.

    \b
    Example:
      patron test rules
      patron test rules --run "open complaint"
      patron test rules --coverage-min 95 --junit build/rules.xml
      patron test rules --watch
      patron test rules --without each

    Exit codes: 0 all passed, 1 a test failed, coverage is too low, a statement is unproven or a file has errors, 2
    invalid arguments or no tests. With --watch: 0 after Ctrl-C.
    """
    options = Options(folder, pattern, left_out, covered or at_least > 0, at_least, junit_file, matcher, as_json)
    if left_out == EACH and (options.coverage or junit_file):
        fail("--without each runs every test many times; leave out --coverage and --junit")
    if watched:
        watch(folder, lambda: _once_more(options))
    else:
        sys.exit(_run(options))


def _once_more(options: Options) -> None:
    """One run of --watch: an error is shown, and does not end the command."""
    with contextlib.suppress(SystemExit):
        _run(options)
    say(f"\nwaiting for changes in {options.folder} (Ctrl-C to stop)")


def _run(options: Options) -> int:
    try:
        book = load(options.folder)
        say_rulebook(options.folder, book)
        compiled = ready(book, options.matcher)
    except RulebookError as error:
        return _wrong(error.findings, options)
    tests, findings = load_tests(options.folder, compiled.rulebook)
    if findings:
        return _wrong(findings, options)
    tests = _chosen(tests, options)
    if options.left_out == EACH:
        return _each(tests, compiled, options)
    if options.left_out:
        rules = _rules_of(options.left_out, compiled.rulebook)
        compiled = without(compiled, rules)
        if not options.json:
            say(f"without: {', '.join(rules)}\n")
    return _all([_timed(test, compiled) for test in tests], compiled, options)


def _wrong(findings: Sequence[Finding], options: Options) -> int:
    click.echo(render(findings), err=True)
    if options.junit is not None:
        with writing(options.junit):
            junit.write_findings(options.junit, findings)
    return FOUND


def _chosen(tests: Sequence[RuleTest], options: Options) -> list[RuleTest]:
    """Tests whose name contains the pattern."""
    like = re.compile(".*".join(map(re.escape, options.pattern.split("*"))), re.IGNORECASE | re.DOTALL)
    chosen = [test for test in tests if like.search(test.name)]
    if not chosen:
        named = f" whose name contains {options.pattern!r}" if options.pattern else ""
        fail(f"no test in {options.folder / 'tests'}{named}")
    return chosen


def _timed(test: RuleTest, compiled: Compiled) -> Timed:
    start = time.perf_counter()
    outcome = run_test(test, compiled)
    return outcome, time.perf_counter() - start


def _all(timed: Sequence[Timed], compiled: Compiled, options: Options) -> int:
    zone = compiled.rulebook.shop.zone
    failed = [outcome for outcome, _ in timed if not outcome.passed]
    found = coverage((outcome for outcome, _ in timed), compiled) if options.coverage else None
    if options.json:
        told = {"tests": len(timed), "failed": [as_json(outcome) for outcome in failed]}
        say_json(told | ({"coverage": found.to_json()} if found else {}))
    else:
        for outcome in failed:
            show(outcome, zone)
        say(f"{len(timed) - len(failed)} passed, {len(failed)} failed  ({compiled.matcher.name})")
        if found:
            untested.show(found)
    if options.junit is not None:
        with writing(options.junit):
            junit.write_outcomes(options.junit, timed, zone)
    if found and found.percent < options.at_least:
        click.echo(f"patron: coverage is {found.percent:g} %, below --coverage-min {options.at_least:g} %", err=True)
        return FOUND
    return FOUND if failed else OK


def _each(tests: Sequence[RuleTest], compiled: Compiled, options: Options) -> int:
    """Only when all tests pass with all rules: otherwise a failure without some rules means nothing."""
    timed = [_timed(test, compiled) for test in tests]
    outcomes = [outcome for outcome, _ in timed]
    if not all(outcome.passed for outcome in outcomes):
        return _all(timed, compiled, options)
    found = list(missed(outcomes, compiled))
    if options.json:
        say_json([missed_rules.as_json(one) for one in found])
    else:
        missed_rules.show(found)
    return OK if all(one.scenarios for one in found) else FOUND


def _rules_of(left_out: str, book: Rulebook) -> tuple[str, ...]:
    statements = [name.strip() for name in left_out.split(",")]
    for name in statements:
        if name not in STATEMENTS:
            hint = did_you_mean(name, sorted(STATEMENTS))
            fail(f"the strategy has no statement {name}" + (f"; {hint}" if hint else ""))
    rules = serving(book, statements)
    if not rules:
        fail(f"no rule serves {left_out}")
    return rules
