"""`python -m tests.golden --write` writes the golden files anew; `--cdnow FILE` writes CDNOW's decisions in full.

`--since REVISION` compares with the golden files of a revision before words were renamed.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from engine.domain import former_words
from tests.golden import sources
from tests.golden.decisions import block
from tests.golden.files import DECIDED, FILES, FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", nargs="*", metavar="NAME", choices=[[], *FILES], help="which (default: all)")
    parser.add_argument("--cdnow", type=Path, metavar="FILE", help="all decisions of CDNOW, to compare revisions")
    parser.add_argument("--since", metavar="REVISION", help="whether decisions differ from REVISION's in words only")
    asked = parser.parse_args()
    if asked.since:
        sys.exit(_differ(asked.since))
    if asked.cdnow:
        asked.cdnow.write_text("".join(block(name, one) for name, one in sources.of_cdnow()), encoding="utf-8")
    elif asked.write is None:
        parser.error("one of --write and --cdnow is needed")
    else:
        for name in asked.write or FILES:
            (FOLDER / name).write_text(FILES[name](), encoding="utf-8")


def _differ(revision: str) -> int:
    """How many files of decisions are other than those of a revision, apart from triggers that were renamed since."""
    former = {now: before for before, now in former_words.TRIGGERS.items()}
    different = 0
    for name, written in DECIDED.items():
        path = f"{revision}:tests/golden/{name}"
        before = subprocess.run(["git", "show", path], capture_output=True, text=True, check=True).stdout
        same = written(former) == before
        different += not same
        sys.stdout.write(f"{name}: {'the same decisions' if same else 'OTHER decisions'} as {revision}\n")
    return different


if __name__ == "__main__":
    main()
