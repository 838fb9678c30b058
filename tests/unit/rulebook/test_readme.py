"""What rules/README.md shows of policy and measurement can be written so."""

import re
from pathlib import Path

import pytest

from authoring.checking import check_texts
from engine.rulebook.findings import render

RULES = Path(__file__).parents[3] / "rules"
BLOCKS: list[str] = re.findall(r"```yaml\n(.*?)```", (RULES / "README.md").read_text(encoding="utf-8"), re.DOTALL)
SHIPPED = {
    path.relative_to(RULES).as_posix(): path.read_text(encoding="utf-8")
    for path in RULES.rglob("*.yaml")
    if path.parent.name != "tests"
}
ACTION = "actions/growth.yaml"


def block(begins: str) -> str:
    """The example that begins so."""
    (found,) = (text for text in BLOCKS if text.lstrip().startswith(begins))
    return found


def bounded() -> str:
    """A shipped file whose first action has a cost, and the bounds of the example in place of its own."""
    first, mark, rest = SHIPPED[ACTION].partition("    treatments:")
    bounds = re.compile(r"    (cost|limits|budget|stock|holdout):")
    kept = "".join(line for line in first.splitlines(True) if not bounds.match(line))
    return f"{kept}    cost: {{per_acceptance: 5 EUR}}\n{block('limits:')}{mark}{rest}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("contact_policy.yaml", block("frequency_caps:")),
        ("measurement.yaml", block("attribution:")),
        (ACTION, bounded()),
    ],
)
def test_an_example_of_the_readme_has_no_mistake(name: str, text: str) -> None:
    measured = {"measurement.yaml": block("attribution:")}
    rulebook, findings = check_texts({**SHIPPED, **measured, name: text})
    assert rulebook is not None, render(findings)
