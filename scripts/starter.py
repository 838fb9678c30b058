"""cli/starter/rules/vocabulary.yaml: the facts that the product computes, as the shipped vocabulary tells them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.facts import BUILT_IN

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "cli" / "starter" / "rules" / "vocabulary.yaml"
_FACT: Final = re.compile(r"  ([a-z0-9_.]+): \{")
_HEAD: Final = """\
# Every fact that a rule may test. `missing` is the value without data:
#   0, never (larger than any number), no, none, or unknown (no condition on it holds).
# Patron computes these. Declare your own under `counters:`, for example
#   customer.visits_7d: {count: visited, within: 7 days, example: 2, sentence: Visits in the last 7 days}
facts:
"""


def vocabulary() -> str:
    """The file as it is to be."""
    shipped = (ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8")
    return _HEAD + "".join(_told(shipped.partition("\ncounters:")[0].splitlines(keepends=True)))


def _told(lines: list[str]) -> Iterator[str]:
    """The facts that are built in, with the headings above them."""
    heading = ""
    for line in lines:
        found = _FACT.match(line)
        if line.startswith("  # ----"):
            heading = line
        elif found and found[1] in BUILT_IN:
            yield heading + line.rstrip("\n") + "\n"
            heading = ""


if __name__ == "__main__":
    OUT.write_text(vocabulary(), encoding="utf-8")
