"""Tests and scenarios that fail without the rules of each statement, for people and for machines."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table

from authoring.rule_tests import Outcome
from authoring.rule_tests.without import Missed
from cli.output import counted


def show(found: Sequence[Missed]) -> None:
    """A row per statement, and a line for each unproven statement."""
    console = Console(highlight=False)
    headings = ("statement", "rules", "scenarios that fail without them", "other tests")
    columns = (Column(heading, overflow="fold") for heading in headings)
    table = Table(*columns, show_edge=False, pad_edge=False)
    for one in found:
        others = len(one.failed) - len(one.scenarios)
        table.add_row(one.statement, "\n".join(one.rules), "\n".join(map(_named, one.scenarios)) or "none", str(others))
        table.add_section()
    console.print(table)
    unproven = [one for one in found if not one.scenarios]
    console.print(f"\n{counted(len(found), 'statement')} with rules, {len(unproven)} of them unproven")
    for one in unproven:
        console.print(f"{one.statement}: no scenario fails without {', '.join(one.rules)}", soft_wrap=True)


def _named(outcome: Outcome) -> str:
    return f"{outcome.test.name} (step {outcome.step.number})" if outcome.step else outcome.test.name


def as_json(one: Missed) -> dict[str, object]:
    """One statement."""
    return {
        "statement": one.statement,
        "rules": list(one.rules),
        "scenarios": [
            {
                "test": scenario.test.name,
                "place": str(scenario.test.place),
                "step": scenario.step.number if scenario.step else None,
            }
            for scenario in one.scenarios
        ],
        "tests": [
            {"test": other.test.name, "place": str(other.test.place)} for other in one.failed if not other.test.steps
        ],
    }
