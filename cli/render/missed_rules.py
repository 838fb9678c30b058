"""Which tests and stories miss the rules of each statement, for people and for machines."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table

from authoring.rule_tests import Outcome
from authoring.rule_tests.without import Missed
from cli.output import counted


def show(found: Sequence[Missed]) -> None:
    """A row per statement, and in words which statements are only claimed."""
    console = Console(highlight=False)
    headings = ("statement", "rules", "stories that fail without them", "other tests")
    columns = (Column(heading, overflow="fold") for heading in headings)
    table = Table(*columns, show_edge=False, pad_edge=False)
    for one in found:
        others = len(one.failed) - len(one.stories)
        table.add_row(one.statement, "\n".join(one.rules), "\n".join(map(_named, one.stories)) or "none", str(others))
        table.add_section()
    console.print(table)
    claimed = [one for one in found if not one.stories]
    console.print(f"\n{counted(len(found), 'statement')} with rules, {len(claimed)} of them missed by no story")
    for one in claimed:
        console.print(f"{one.statement}: no story fails without {', '.join(one.rules)}", soft_wrap=True)


def _named(outcome: Outcome) -> str:
    return f"{outcome.test.name} (step {outcome.step.number})" if outcome.step else outcome.test.name


def as_json(one: Missed) -> dict[str, object]:
    """One statement."""
    return {
        "statement": one.statement,
        "rules": list(one.rules),
        "stories": [
            {"test": story.test.name, "place": str(story.test.place), "step": story.step.number if story.step else None}
            for story in one.stories
        ],
        "tests": [
            {"test": other.test.name, "place": str(other.test.place)} for other in one.failed if not other.test.steps
        ],
    }
