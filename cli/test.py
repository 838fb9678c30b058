"""`patron test`: run the rule tests of a rulebook."""

import sys
from pathlib import Path

import click

from cli.output import FOUND, OK, fail, json_option, say, say_json
from cli.rulebooks import load_compiled
from engine.rule_tests import Outcome, read_tests, run_test
from engine.rulebook.findings import render


@click.command("test")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="rules")
@click.option("--run", "wanted", default="", help="Only tests whose name contains this text.")
@click.option("--matcher", type=click.Choice(["auto", "reference"]), default="auto", help="Which matcher to use.")
@json_option
def test_command(folder: Path, wanted: str, matcher: str, as_json: bool) -> None:
    """Run FOLDER/tests/*.yaml against the rules of FOLDER: given, at, ask, expect.

    \b
    Example:
      patron test rules
      patron test rules --run "open complaint"

    Exit codes: 0 all passed, 1 a test failed or a file is wrong, 2 wrong call.
    """
    compiled = load_compiled(folder, matcher)
    texts = {f"tests/{path.name}": path.read_bytes() for path in sorted((folder / "tests").glob("*.yaml"))}
    tests, findings = read_tests(texts, compiled.rulebook)
    if findings:
        click.echo(render(findings), err=True)
        sys.exit(FOUND)
    outcomes = [run_test(test, compiled) for test in tests if wanted.lower() in test.name.lower()]
    if not outcomes:
        fail(f"no test in {folder / 'tests'}" + (f" whose name contains {wanted!r}" if wanted else ""))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        say_json({"tests": len(outcomes), "failed": [_as_json(outcome) for outcome in failed]})
    else:
        for outcome in failed:
            _show(outcome)
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed  ({compiled.matcher.name})")
    sys.exit(FOUND if failed else OK)


def _show(outcome: Outcome) -> None:
    say(f"FAILED {outcome.test.place}: {outcome.test.name}")
    for expected, got in outcome.failures:
        say(f"    expected  {expected}")
        say(f"    got       {got}")
    matched = ", ".join(outcome.decision.matched) or "none"
    say(f"    rules that matched: {matched}")
    say()


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "test": outcome.test.name,
        "place": str(outcome.test.place),
        "failures": [{"expected": expected, "got": got} for expected, got in outcome.failures],
        "matched": list(outcome.decision.matched),
    }
