"""What no test has seen of a rulebook, for people."""

from authoring.rule_tests.coverage import Coverage, share
from cli.output import say

WORDS = {"rules": "rule", "forbids": "forbid", "boosts": "boost", "rows": "row"}


def show(found: Coverage) -> None:
    """How much is seen of each kind, and a line for everything that is not."""
    seen = len(found.parts) - len(found.never)
    say(f"coverage: {found.percent:g} %, {seen:,} of {len(found.parts):,} rules and rows")
    for kind, number, of in found.counts():
        say(f"  {kind:<8} {number:>5,} of {of:>5,}  {share(number, of):g} %")
    if found.never:
        say("seen by no test:")
    for part in found.never:
        say(f"  {WORDS[part.kind]:<6} {part.name}  ({part.place})")
