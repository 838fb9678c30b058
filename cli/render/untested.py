"""The coverage of a rulebook's tests, for people."""

from authoring.rule_tests.coverage import Coverage, share
from cli.output import say

WORDS = {"rules": "rule", "forbids": "forbid", "boosts": "boost", "rows": "row"}


def show(found: Coverage) -> None:
    """The coverage of each kind, and a line for everything that no test covers."""
    seen = len(found.parts) - len(found.never)
    say(f"coverage: {found.percent:g} %, {seen:,} of {len(found.parts):,} rules and rows")
    for kind, number, of in found.counts():
        say(f"  {kind:<8} {number:>5,} of {of:>5,}  {share(number, of):g} %")
    if found.never:
        say("not covered by any test:")
    for part in found.never:
        say(f"  {WORDS[part.kind]:<6} {part.name}  ({part.place})")
